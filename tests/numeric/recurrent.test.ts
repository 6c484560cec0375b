import { describe, expect, test } from 'vitest'
import type { Params, ValuesOf } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import { finish } from '#engine/graph/finish.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { encodeModel } from '#engine/onnx/encode.ts'
import { build } from '../engine/every/layers/case.ts'
import { distance } from '../support/differences.ts'
import { openNative, openWeb } from '../support/runtimes.ts'
import { legalValues } from '../support/settings.ts'

const shape = ['batch', 6, 5]
const settings: readonly (readonly [kind: string, params: Readonly<Record<string, string | number | boolean>>])[] = [
  ['simpleRNN', {}],
  ['simpleRNN', { activation: 'relu', goBackwards: true, returnSequences: true, useBias: false }],
  ['lstm', {}],
  ['lstm', { recurrentActivation: 'hard_sigmoid', bidirectional: 'concat', returnSequences: true }],
  ['lstm', { activation: 'softsign', goBackwards: true, returnSequences: true, useBias: false }],
  ['gru', {}],
  ['gru', { resetAfter: false, bidirectional: 'ave' }],
  ['gru', { recurrentActivation: 'hard_sigmoid', activation: 'softplus', returnSequences: true, useBias: false }],
]

describe('one op over the sequence and the steps one by one give the same', () => {
  test.each(settings)('%s with %j', async (kind, own) => {
    const layer = definitions.layer[kind] ?? expect.fail(`there is no ${kind}`)
    const params: ValuesOf<Params> = { ...legalValues(layer, 0)[0]!, units: 7, ...own }
    const outputs: number[][] = []
    for (const training of [true, false]) {
      const { g, output, feeds } = build(layer, { inputs: [shape], weight: small }, params, training)
      g.output(output, 'y')
      const graph = finish(g.graph)
      expect(graph.nodes.some(({ op }) => ['RNN', 'LSTM', 'GRU'].includes(op))).toBe(!training)
      const tensors = Object.fromEntries(
        graph.inputs.map(({ name }) => [name, tensorOf('float32', feeds[name]!.shape, [...feeds[name]!.data])]),
      )
      const bytes = encodeModel({
        graph,
        opset: { '': 21 },
        irVersion: 10,
        producerVersion: 'test',
        domain: '',
        modelVersion: 1,
        doc: '',
        metadata: {},
      })
      for (const open of [openNative, openWeb])
        outputs.push(Array.from((await (await open(bytes))(tensors)).get('y')?.data ?? [], Number))
    }
    const [first = [], ...others] = outputs
    for (const other of others) expect(distance(other, first)).toBeLessThan(1e-6)
  })
})

/** Weights as training leaves them, well below 1. */
function small(name: string, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => 0.5 * Math.sin(1 + 3 * index + name.length))
}
