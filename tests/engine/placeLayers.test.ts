/** What is special about single layers that work on steps and images, and about normalization. */
import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import { definitions } from '#engine/definitions.ts'
import type { Shape } from '#engine/graph/graph.ts'
import { distance } from '../support/differences.ts'
import { mean, randoms } from '../support/reals.ts'
import { legalValues } from '../support/settings.ts'
import { build, compute, rows } from './every/layers/case.ts'

function defaultsOf(kind: string) {
  const layer = definitions.layer[kind] ?? expect.fail(`there is no layer ${kind}`)
  return { layer, params: legalValues(layer, 0)[0]! }
}

describe('Batch normalization', () => {
  const { layer, params } = defaultsOf('batchNormalization')
  const given = {
    inputs: [['batch', 2, 2] as const],
    weight: (name: string, count: number) => randoms(name, count, 0.5, 2),
  }

  test('moves its mean and variance towards those of the batch, the variance biased', () => {
    for (const momentum of [0.99, 0.5, 0]) {
      const updated = (name: string) => {
        const built = build(layer, given, { ...params, momentum }, true)
        return { built, next: compute(built, built.updates.get(name)).data }
      }
      for (const [name, statistic] of [
        ['movingMean', mean],
        ['movingVariance', (values: number[]) => mean(values.map((value) => (value - mean(values)) ** 2))],
      ] as const) {
        const { built, next } = updated(name)
        const x = [...built.feeds['x0']!.data]
        const expected = [0, 1].map((channel) => {
          const own = statistic(x.filter((_, index) => index % 2 === channel))
          return momentum * built.feeds[`layer/${name}`]!.data[channel]! + (1 - momentum) * own
        })
        expect(distance(next, expected)).toBeLessThan(1e-7)
      }
    }
  })

  test('keeps its statistics when it does not train', () => {
    expect([...build(layer, given, params, false).updates.keys()]).toEqual([])
  })

  test('uses its moving statistics while training when it is frozen, and passes gradients on', () => {
    const frozen = build(layer, given, params, true, true)
    expect([...frozen.updates.keys()]).toEqual([])
    const [x] = frozen.inputs
    const [slope] = gradients(frozen.g, frozen.g.ReduceSum(frozen.output, null), [x!])
    const { gamma, movingVariance } = {
      gamma: frozen.feeds['layer/gamma']!.data,
      movingVariance: frozen.feeds['layer/movingVariance']!.data,
    }
    const expected = Array.from(
      { length: rows * 4 },
      (_, index) => gamma[index % 2]! / Math.sqrt(movingVariance[index % 2]! + 0.001),
    )
    expect(distance(compute(frozen, slope).data, expected)).toBeLessThan(1e-7)
    const again = build(layer, given, params, true, true)
    expect(compute(again).data).toEqual(compute(build(layer, given, params, false)).data)
  })

  test('has the weights of Keras in their order, the statistics not trained', () => {
    const { weights } = build(layer, given, params, true)
    expect(weights.map(({ value, trainable }) => [value.name, trainable])).toEqual([
      ['layer/gamma', true],
      ['layer/beta', true],
      ['layer/movingMean', false],
      ['layer/movingVariance', false],
    ])
  })
})

describe('what an exported model shows', () => {
  const ops = (kind: string, shape: Shape, own: object = {}) => {
    const { layer, params } = defaultsOf(kind)
    const { g, output } = build(layer, { inputs: [shape] }, { ...params, ...own }, false)
    g.output(output, 'y')
    return g.graph.nodes.map(({ op }) => op).filter((op) => !['Transpose', 'Identity', 'Reshape'].includes(op))
  }

  test.each([
    ['conv2D', ['batch', 5, 5, 3], ['Conv']],
    ['conv1D', ['batch', 5, 3], ['Conv']],
    ['depthwiseConv2D', ['batch', 5, 5, 3], ['Conv']],
    ['separableConv2D', ['batch', 5, 5, 3], ['Conv', 'Conv']],
    ['conv2DTranspose', ['batch', 3, 3, 2], ['ConvTranspose']],
    ['maxPooling2D', ['batch', 4, 4, 2], ['MaxPool']],
    ['averagePooling2D', ['batch', 4, 4, 2], ['AveragePool']],
    ['globalAveragePooling2D', ['batch', 4, 4, 2], ['GlobalAveragePool', 'Flatten']],
    ['globalMaxPooling1D', ['batch', 4, 2], ['GlobalMaxPool', 'Flatten']],
    ['batchNormalization', ['batch', 4, 4, 2], ['BatchNormalization']],
    ['layerNormalization', ['batch', 4], ['LayerNormalization']],
    ['zeroPadding2D', ['batch', 4, 4, 2], ['Pad']],
    ['cropping2D', ['batch', 4, 4, 2], ['Slice']],
    ['upSampling2D', ['batch', 4, 4, 2], ['Resize']],
  ] as const)('%s of %j is %j', (kind, shape, expected) => {
    expect(ops(kind, shape)).toEqual(expected)
  })
})

describe('a layer says what does not fit, which layer it comes from, and what to do', () => {
  test.each([
    [
      'conv2D',
      ['batch', 784],
      {},
      'takes [batch, rows, columns, channels], but x0 gives [batch, 784]; insert Reshape between x0 and layer',
    ],
    ['conv2D', ['batch', 9, 4], {}, 'insert Reshape between x0 and layer, or use the 1D layer'],
    ['conv1D', ['batch', 9, 9, 4], {}, 'takes [batch, steps, channels], but x0 gives [batch, 9, 9, 4]'],
    [
      'conv2D',
      ['batch', 2, 5, 3],
      {},
      'has a window of 3, but x0 gives only 2 along axis 1; choose a smaller window, or the padding same',
    ],
    [
      'conv2D',
      ['batch', 5, 5, 3],
      { groups: 2 },
      'splits 3 channels of x0 into 2 groups; choose a number that divides 3',
    ],
    [
      'conv2D',
      ['batch', 5, 5, 4],
      { groups: 2, filters: 3 },
      'shares 3 filters among 2 groups; give layer a multiple of 2 filters',
    ],
    ['conv2D', ['batch', 9, 9, 4], { strides: [2, 1], dilationRate: [1, 2] }, 'set one of them to 1'],
    [
      'conv1DTranspose',
      ['batch', 3, 1],
      { outputPadding: [1] },
      'adds 1 places at the end with strides 1; add less than one stride',
    ],
    [
      'conv1DTranspose',
      ['batch', 3, 1],
      { kernelSize: [2], strides: [2], padding: 'same', outputPadding: [0] },
      'leave the output padding of layer empty',
    ],
    ['maxPooling2D', ['batch', 4, 1, 2], {}, 'has a window of 2, but x0 gives only 1 along axis 2'],
    ['globalAveragePooling2D', ['batch', 4], {}, 'insert Reshape between x0 and layer'],
    [
      'batchNormalization',
      ['batch', 4],
      { axis: 2 },
      'normalizes axis 2, but x0 gives [batch, 4]; choose 1 to 1, or -1',
    ],
    ['batchNormalization', ['batch', 4], { axis: 0 }, 'normalizes axis 0'],
    ['layerNormalization', ['batch', 4], { axis: [] }, 'normalizes no axis'],
    [
      'groupNormalization',
      ['batch', 4],
      { groups: 3 },
      'splits 4 channels of x0 into 3 groups; choose a number that divides 4, or -1',
    ],
    ['rmsNormalization', ['batch', 2, 3], { axis: [1] }, 'choose the last ones'],
    ['permute', ['batch', 2, 3], { dims: [1] }, 'but x0 gives [batch, 2, 3]; name each of 1, 2 once'],
    [
      'repeatVector',
      ['batch', 2, 3],
      {},
      'takes [batch, features], but x0 gives [batch, 2, 3]; insert Flatten between x0 and layer',
    ],
    [
      'cropping1D',
      ['batch', 2, 3],
      { cropping: [1, 1] },
      'takes 1, 1 places away, but x0 gives only [batch, 2, 3]; crop less',
    ],
  ] as const)('%s of %j with %j', (kind, shape, own, words) => {
    const { layer, params } = defaultsOf(kind)
    expect(() => build(layer, { inputs: [shape] }, { ...params, ...own }, false)).toThrow(words)
  })
})
