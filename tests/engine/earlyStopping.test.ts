import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { definitionOf, filled } from '#engine/definitions.ts'
import type { Setting } from '#engine/project/project.ts'
import { watchEpochs } from '../support/stopRule.ts'

const definition = definitionOf('regularizer', 'earlyStopping')
const rule = definition?.stop
if (!definition || !rule) throw new Error('there is no early stopping')

const watch = (values: readonly number[], settings: Setting['params'], better: 'lower' | 'higher' = 'lower') =>
  watchEpochs('earlyStopping', values, settings, better)

const bumpy = [1, 0.9, 0.95, 0.8, 0.85, 0.7, 0.75, 0.76, 0.77]

describe('early stopping does what Keras does', () => {
  test.each([0, 1])('patience %i stops after the first epoch without improvement', (patience) => {
    expect(watch(bumpy, { patience })).toEqual({ epochs: 3, best: 1 })
  })

  test('patience 2 and 3 wait that long and go back to epoch 5', () => {
    expect(watch(bumpy, { patience: 2 })).toEqual({ epochs: 8, best: 5 })
    expect(watch(bumpy, { patience: 3 })).toEqual({ epochs: 9, best: 5 })
  })

  test('a NaN in the middle is no improvement', () => {
    expect(watch([1, NaN, NaN, 0.5], { patience: 3 })).toEqual({ epochs: 4, best: 3 })
    expect(watch([1, NaN, NaN, 0.5], { patience: 2 })).toEqual({ epochs: 3, best: 0 })
  })

  test('with a baseline that is never beaten, an epoch that improves does not stop', () => {
    const improving = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]
    expect(watch(improving, { patience: 3, baseline: 0.1 })).toEqual({ epochs: 7, best: 6 })
  })

  test('with a baseline that is never beaten, improvements do not reset the waiting', () => {
    expect(watch([0.9, 0.8, 0.7, 0.75, 0.6], { patience: 3, baseline: 0.1 })).toEqual({ epochs: 4, best: 2 })
    expect(watch([0.9, 0.8, 0.7, 0.75, 0.6], { patience: 3 })).toEqual({ epochs: 5, best: 4 })
  })

  test('epochs before startFromEpoch are neither judged nor kept as best', () => {
    const values = [0.01, 0.01, 0.01, 0.9, 0.8, 0.85, 0.86]
    expect(watch(values, { patience: 2, startFromEpoch: 3 })).toEqual({ epochs: 7, best: 4 })
  })

  test('minDelta is held against the best value, so slow progress adds up', () => {
    const slow = [1, 0.96, 0.92, 0.88, 0.84]
    expect(watch(slow, { patience: 3, minDelta: 0.1 })).toEqual({ epochs: 5, best: 3 })
    expect(watch(slow, { patience: 2, minDelta: 0.1 })).toEqual({ epochs: 3, best: 0 })
  })

  test('an equal value is no improvement', () => {
    expect(watch([1, 1, 1], { patience: 2 })).toEqual({ epochs: 3, best: 0 })
  })

  test('where higher is better, it waits for higher', () => {
    const accuracy = bumpy.map((value) => -value)
    expect(watch(accuracy, { patience: 2 }, 'higher')).toEqual({ epochs: 8, best: 5 })
  })
})

test('a first value of NaN is never the best, unlike in Keras, where nothing improves on it', () => {
  expect(watch([NaN, 0.9, 0.8, 0.7], { patience: 3 })).toEqual({ epochs: 4, best: 3 })
  expect(watch([NaN, NaN, NaN], { patience: 2 })).toEqual({ epochs: 2, best: -1 })
})

test('the mode overrules the metric’s own direction only where it is set', () => {
  const better = (mode: string) => rule.better(filled(definition, { kind: 'earlyStopping', params: { mode } }))
  expect([better('auto'), better('min'), better('max')]).toEqual([null, 'lower', 'higher'])
})

test('whatever the values, the best epoch holds the smallest value judged, and stopping takes patience epochs', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 9, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }, fc.constant(NaN)), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.integer({ min: 1, max: 4 }),
      (values, patience) => {
        const { epochs, best } = watch(values, { patience })
        const seen = values.slice(0, epochs).filter((value) => !Number.isNaN(value))
        expect(best === -1 ? undefined : values[best]).toBe(seen.length > 0 ? Math.min(...seen) : undefined)
        if (epochs < values.length) expect(epochs - 1 - best).toBe(patience)
      },
    ),
    { seed: 1, numRuns: 300 },
  )
})

describe('with smoothing it judges the moving mean', () => {
  // At 0.5 the mean is 1, 0.75, 0.635, 0.5575.
  test('so that a number that rises once does not stop a mean that falls', () => {
    const values = [1, 0.5, 0.52, 0.48]
    expect(watch(values, { patience: 1 })).toEqual({ epochs: 3, best: 1 })
    expect(watch(values, { patience: 1, smoothing: 0.5 })).toEqual({ epochs: 4, best: 3 })
  })

  // At 0.5 the mean is 1, 0.8, 0.85, 0.675, 0.7875, 0.84375.
  test('and the best epoch is the one of the best mean', () => {
    const values = [1, 0.6, 0.9, 0.5, 0.9, 0.9]
    expect(watch(values, { patience: 1, smoothing: 0.5 })).toEqual({ epochs: 3, best: 1 })
    expect(watch(values, { patience: 2, smoothing: 0.5 })).toEqual({ epochs: 6, best: 3 })
  })

  // At 0.5 the mean is 1, (none), 0.7, 0.75.
  test('a NaN is no improvement and leaves the mean as it was', () => {
    expect(watch([1, NaN, 0.4, 0.8], { patience: 2, smoothing: 0.5 })).toEqual({ epochs: 4, best: 2 })
  })
})
