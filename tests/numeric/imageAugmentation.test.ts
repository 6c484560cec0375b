import { describe, expect, test } from 'vitest'
import { tensorOf } from '#engine/graph/tensor.ts'
import type { ParamValue } from '#engine/project/project.ts'
import { imageAugmentationCases } from '../engine/every/layers/imageAugmentation.ts'
import { drawnLayers } from '../support/drawnLayers.ts'
import { evaluateNumbers } from '../support/evaluate64.ts'
import { count } from '../support/float64/array.ts'
import { setting } from '../support/projects.ts'
import { randoms } from '../support/reals.ts'
import { openGraph } from '../support/runtimes.ts'

const shape = [8, 9, 7, 3]
/** Numbers as 8-bit images have them. */
const data = Array.from(randoms('images', count(shape), 0, 256), (value) => Math.floor(value) / 255)

const more: Readonly<Record<string, Readonly<Record<string, ParamValue>>>> = {
  randomCrop: { height: 5, width: 6 },
  cutOut: { size: 3 },
  augMix: { alpha: 0.7 },
}
describe('onnxruntime augments images as the float64 evaluator does, given the same seed and step', () => {
  test.each(Object.keys(imageAugmentationCases))('%s', async (kind) => {
    const graph = drawnLayers([setting(kind, more[kind])], shape)
    const x = tensorOf('float32', shape, data)
    const expected = evaluateNumbers(graph, { x }).data
    const actual = Array.from((await (await openGraph(graph))({ x })).get('y')?.data ?? [], Number)
    expect(actual).toHaveLength(expected.length)
    // Some of them jump, so that a pixel in hundreds may fall on the other side in float32.
    const apart = actual.filter((value, at) => Math.abs(value - expected[at]!) > 1e-5)
    expect(apart.length / actual.length).toBeLessThan(0.01)
    expect(actual).not.toEqual(data)
  })
})

describe('images of one value', () => {
  test.each(Object.keys(imageAugmentationCases))('have finite numbers after %s', async (kind) => {
    const strong = kind === 'augMix' ? { alpha: 0.001 } : more[kind]
    const run = await openGraph(drawnLayers([setting(kind, strong)], shape))
    const x = tensorOf('float32', shape, new Array<number>(count(shape)).fill(0.5))
    expect(Array.from((await run({ x })).get('y')?.data ?? [Number.NaN], Number).every(Number.isFinite)).toBe(true)
  })
})
