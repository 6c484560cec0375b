import { describe, expect, test } from 'vitest'
import { definitionOf, filled } from '#engine/definitions.ts'
import type { ParamValue } from '#engine/project/project.ts'

const definition = definitionOf('regularizer', 'reduceOnPlateau')
const rule = definition?.stop
if (!definition || !rule) throw new Error('there is no reduce on plateau')

/** The learning rate after each epoch, from 0.5 on. */
function watch(values: readonly number[], settings: Readonly<Record<string, ParamValue>>, better: 'lower' | 'higher') {
  const params = filled(definition!, { kind: 'reduceOnPlateau', params: settings })
  let state = rule!.start(params)
  let learningRate = 0.5
  return values.map((value, epoch) => {
    const decision = rule!.decide({ params, state, epoch, watched: 'loss', value, better, values: {}, learningRate })
    expect(decision.stop).toBe(false)
    state = decision.state
    learningRate = decision.learningRate ?? learningRate
    return learningRate
  })
}

const flat = [1, ...Array.from({ length: 9 }, () => 0.9)]
const bumpy = [1, 0.9, 0.95, 0.8, 0.85, 0.7, 0.75, 0.76, 0.77, 0.78, 0.79, 0.6, 0.61, 0.62]
const slow = [1, 0.96, 0.92, 0.88, 0.84, 0.8]
const repeated = (...runs: readonly (readonly [number, number])[]) =>
  runs.flatMap(([rate, times]) => Array.from({ length: times }, () => rate))

describe('reduce on plateau lowers the learning rate when Keras does', () => {
  // Keras 3.15, ReduceLROnPlateau, its rate after each of these epochs.
  test.each([
    [flat, { patience: 2, factor: 0.5 }, repeated([0.5, 3], [0.25, 2], [0.125, 2], [0.0625, 2], [0.03125, 1])],
    [flat, { patience: 2, factor: 0.5, cooldown: 2 }, repeated([0.5, 3], [0.25, 3], [0.125, 3], [0.0625, 1])],
    [flat, { patience: 1, factor: 0.1, minLr: 0.01 }, repeated([0.5, 2], [0.05, 1], [0.01, 7])],
    [bumpy, { patience: 2, factor: 0.5 }, repeated([0.5, 7], [0.25, 2], [0.125, 4], [0.0625, 1])],
    [bumpy, { patience: 3, factor: 0.25, cooldown: 1 }, repeated([0.5, 8], [0.125, 6])],
    [slow, { patience: 2, factor: 0.5, minDelta: 0.1 }, repeated([0.5, 2], [0.25, 3], [0.125, 1])],
    [flat, { patience: 0, factor: 0.5, cooldown: 1 }, flat.map((_, epoch) => 0.5 / 2 ** Math.max(epoch - 1, 0))],
  ])('%j with %j', (values, settings, expected) => {
    watch(values, settings, 'lower').forEach((rate, epoch) => expect(rate).toBeCloseTo(expected[epoch]!, 7))
    const mirrored = values.map((value) => -value)
    expect(watch(mirrored, settings, 'higher')).toEqual(watch(values, settings, 'lower'))
  })
})

test('NaN is no improvement, not even as the first value', () => {
  expect(watch([NaN, NaN, 1, 2, 2], { patience: 2, factor: 0.5 }, 'lower')).toEqual([0.5, 0.25, 0.25, 0.25, 0.125])
})

test('it never asks for weights to be restored', () => {
  expect(rule.restoreBest(filled(definition, { kind: 'reduceOnPlateau', params: {} }))).toBe(false)
})
