import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { importedWarnings, initialWeights } from '#main/trainer/run/weights.ts'
import type { FloatTensor } from '#main/trainer/run/state.ts'
import { chain, setting } from '../support/projects.ts'

const { weights: specs } = compile(chain([setting('dense', { units: 3, activation: 'softmax' })], {}), {
  features: 2,
  classes: 3,
  targets: 1,
})

const tensor = (shape: readonly number[], value: number): FloatTensor => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
})
const brought = (weights: Readonly<Record<string, readonly number[]>>) =>
  new Map(Object.entries(weights).map(([name, shape]) => [name, tensor(shape, 7)]))

describe('starting weights that a project brings along', () => {
  test('are taken without a word where they fit', () => {
    const imported = brought({ 'dense1/kernel': [2, 3], 'dense1/bias': [3] })
    expect(importedWarnings(specs, imported)).toEqual({})
    expect(initialWeights(specs, 1, imported)).toEqual(imported)
  })

  test('are told when they match no layer any more, with the mend', () => {
    const names = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`old/w${index}`, [1]]))
    const imported = brought({ 'dense1/kernel': [2, 3], ...names })
    expect(importedWarnings(specs, imported).warnings).toEqual([
      {
        severity: 'warning',
        path: 'graph',
        message:
          'Starting weights that match no layer any more are not used (old/w0, old/w1, old/w2, old/w3, old/w4, 2 more); give the layers the names they came with, or import the model again.',
      },
    ])
  })

  test('begin anew and are told when their shape is another one', () => {
    const imported = brought({ 'dense1/kernel': [2, 9], 'dense1/bias': [3] })
    expect(importedWarnings(specs, imported).warnings).toEqual([
      {
        severity: 'warning',
        path: 'graph/dense1',
        message:
          'Starting weights of another shape are not used, and these begin anew (dense1/kernel is [2, 3], not [2, 9]); undo the change of their layers to keep them.',
      },
    ])
    const start = initialWeights(specs, 1, imported)
    expect(start.get('dense1/kernel')).toEqual(initialWeights(specs, 1, null).get('dense1/kernel'))
    expect(start.get('dense1/bias')).toEqual(imported.get('dense1/bias'))
  })
})
