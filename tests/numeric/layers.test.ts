import { describe, expect, test } from 'vitest'
import { irVersions, lowerToOpset } from '#engine/compile/opset.ts'
import { finish } from '#engine/graph/finish.ts'
import { fold } from '#engine/graph/fold.ts'
import type { Graph, Tensor } from '#engine/graph/graph.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { encodeModel } from '#engine/onnx/encode.ts'
import { build, type Case } from '../engine/every/layers/case.ts'
import { cases, tested } from '../engine/every/layers/index.ts'
import { distance } from '../support/differences.ts'
import { evaluateNumbers } from '../support/evaluate64.ts'
import { openNative, openWeb } from '../support/runtimes.ts'
import { legalValues } from '../support/settings.ts'

interface Exported {
  readonly graph: Graph
  readonly feeds: Readonly<Record<string, Tensor>>
}

/** A layer alone as an export writes it: weights are constants, and nothing is left to do with them. */
function exported(kind: string, each: Case): Exported {
  const [, layer] = tested.find(([name]) => name === kind) ?? expect.fail(`there is no layer ${kind}`)
  const params = Object.assign({}, legalValues(layer, 0)[0], each.params)
  const { g, output, feeds, weights } = build(layer, each, params, false)
  g.output(output, 'y')
  const written = finish(g.graph)
  const constant = new Set(weights.map(({ value }) => value.name))
  const tensors = written.inputs.map(({ name }) => {
    const { shape, data } = feeds[name]!
    return [name, tensorOf('float32', shape, [...data])] as const
  })
  return {
    graph: fold({
      ...written,
      inputs: written.inputs.filter(({ name }) => !constant.has(name)),
      initializers: new Map([...written.initializers, ...tensors.filter(([name]) => constant.has(name))]),
    }),
    feeds: Object.fromEntries(tensors.filter(([name]) => !constant.has(name))),
  }
}

describe.each([12, 21])('for opset %d', (opset) => {
  test.each(tested.map(([kind]) => kind))(
    '%s computes the same in both runtimes and in double precision',
    async (kind) => {
      for (const each of (cases[kind] ?? []).slice(0, 4)) {
        const { graph, feeds } = exported(kind, each)
        const bytes = encodeModel({
          graph: lowerToOpset(graph, opset),
          opset: { '': opset },
          irVersion: irVersions[opset]!,
          producerVersion: 'test',
          domain: '',
          modelVersion: 1,
          doc: '',
          metadata: {},
        })
        const expected = evaluateNumbers(graph, feeds)
        for (const open of [openNative, openWeb]) {
          const y = (await (await open(bytes))(feeds)).get('y')
          expect(y?.shape).toEqual(expected.shape)
          expect(distance(Array.from(y?.data ?? [], Number), expected.data), JSON.stringify(each)).toBeLessThan(2e-6)
        }
      }
    },
  )
})
