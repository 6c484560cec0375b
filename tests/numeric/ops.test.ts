import { describe, expect, test } from 'vitest'
import { lower } from '#engine/compile/lower.ts'
import { homeOpset, irVersions, lowerToOpset } from '#engine/compile/opset.ts'
import type { Graph, Tensor } from '#engine/graph/graph.ts'
import { finish } from '#engine/graph/finish.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { verify } from '#engine/graph/verify.ts'
import { Builder } from '#engine/ops/builder.ts'
import { ops } from '#engine/ops/table.ts'
import { Differentiated } from '../support/differentiated.ts'
import { distance } from '../support/differences.ts'
import { evaluate64, type Array64 } from '../support/evaluate64.ts'
import { openGraph } from '../support/runtimes.ts'
import { dtypeOf, feed, samples } from '../support/samples.ts'

interface Samples {
  readonly graph: Graph
  readonly feeds: Record<string, Tensor>
  readonly expected: ReadonlyMap<string, Array64>
}

/** All samples of an op as one graph, whose outputs are named by their titles, and what they must give. */
function together(op: string): Samples {
  const g = new Builder('samples')
  const feeds: Record<string, Tensor> = {}
  const cases = samples[op] ?? expect.fail(`${op} has no sample`)
  const operands = cases.map((sample, row) =>
    sample.operands.map((operand, index) => {
      const input = g.input(`${row} ${sample.title}: x${index}`, dtypeOf(operand, 'float32'), operand.shape)
      feeds[input.name] = feed(operand, 'float32', 5)
      return input
    }),
  )
  cases.forEach((sample, row) => {
    sample.build(g, operands[row]!).forEach((output, index) => g.output(output, `${row} ${sample.title}: y${index}`))
  })
  return { graph: g.graph, feeds, expected: evaluate64(g.graph, feeds) }
}

/** Holds what onnxruntime computes against what is expected. */
async function compare(graph: Graph, { feeds, expected }: Omit<Samples, 'graph'>, opset: number): Promise<void> {
  const actual = await (await openGraph(graph, opset))(feeds)
  for (const [output, { dtype, shape, data }] of expected) {
    const runtime = actual.get(output)
    expect(runtime?.dtype, output).toBe(dtype)
    expect(runtime?.shape, output).toEqual(shape)
    const apart = distance(Array.from(runtime?.data ?? [], Number), Array.from(data, Number))
    expect(apart, `${output} at opset ${opset}`).toBeLessThan(dtype === 'float32' ? 2e-6 : 1e-15)
  }
}

describe('the float64 evaluator and onnxruntime agree on', () => {
  test.each(Object.keys(ops))('%s', async (name) => {
    const all = together(name)
    await compare(lower(all.graph, { block: 0 }), all, homeOpset)
  })
})

describe('the float64 evaluator and onnxruntime agree on the gradients of', () => {
  const differentiable = Object.entries(ops).filter(([, { gradient }]) => gradient)
  test.each(differentiable)('%s', async (name) => {
    for (const sample of samples[name] ?? []) {
      if (!sample.operands.some(({ dtype }) => dtype === 'real')) continue
      const differentiated = new Differentiated(name, sample, 'float32')
      const outputs = differentiated.graph.outputs.filter((output) => output.name.startsWith('scalar.'))
      const graph = finish({ ...differentiated.graph, outputs })
      const feeds = differentiated.feeds(5)
      await compare(lower(graph, { block: 0 }), { feeds, expected: evaluate64(graph, feeds) }, homeOpset)
    }
  })
})

/** The first opset that can say an op, where it is not 12. */
const firstOpset: Readonly<Record<string, number>> = { BitwiseAnd: 18, BitwiseOr: 18, BitwiseXor: 18, GridSample: 20 }

const older = Object.keys(irVersions)
  .map(Number)
  .filter((opset) => opset < homeOpset)

describe('exported to each older opset, onnxruntime computes the same for', () => {
  const exported = Object.entries(ops).flatMap(([name, { domain }]) => (domain === undefined ? [name] : []))
  test.each(exported)('%s', async (name) => {
    const all = together(name)
    for (const opset of older) {
      if (opset < (firstOpset[name] ?? 12)) {
        expect(() => lowerToOpset(all.graph, opset)).toThrow(`opset ${opset} has no ${name}`)
        continue
      }
      const graph = lowerToOpset(all.graph, opset)
      verify(graph)
      await compare(graph, all, opset)
    }
  })
})

describe('a pool behind padding', () => {
  const x = tensorOf('float32', [1, 1, 2, 2], [-1, -2, -3, -4])

  test('sees the zeros of the padding', async () => {
    const g = new Builder('padded')
    const padded = g.Pad(g.input('x', 'float32', ['batch', 1, 2, 2]), [0, 0, 1, 1, 0, 0, 1, 1])
    g.output(g.MaxPool(padded, { kernelShape: [3, 3] }), 'y')
    expect((await (await openGraph(g.graph))({ x })).get('y')!.data).toEqual(Float32Array.of(0, 0, 0, 0))
  })

  test('may lie in the padding alone', async () => {
    const g = new Builder('padded')
    const padded = g.Pad(g.input('x', 'float32', ['batch', 1, 2, 2]), [0, 0, 2, 2, 0, 0, 0, 0])
    g.output(g.AveragePool(padded, { kernelShape: [2, 2], strides: [2, 2] }), 'y')
    expect((await (await openGraph(g.graph))({ x })).get('y')!.data).toEqual(Float32Array.of(0, 0, 0, -2.5))
  })
})
