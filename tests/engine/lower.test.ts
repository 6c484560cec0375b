import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import { compile } from '#engine/compile/compile.ts'
import { lower } from '#engine/compile/lower.ts'
import { finish } from '#engine/graph/finish.ts'
import type { Graph, Node } from '#engine/graph/graph.ts'
import { verify } from '#engine/graph/verify.ts'
import { Builder } from '#engine/ops/builder.ts'
import { distance } from '../support/differences.ts'
import { evaluate64 } from '../support/evaluate64.ts'
import { chain, setting } from '../support/projects.ts'
import { dtypeOf, feed, samples, sizesOf, type Sample } from '../support/samples.ts'

/** All nodes of a graph and of the graphs within it. */
function nodesOf({ nodes }: Graph): readonly Node[] {
  return nodes.flatMap((node) => [
    node,
    ...Object.values(node.attributes).flatMap((attribute) =>
      attribute.type === 'graph' ? nodesOf(attribute.value) : [],
    ),
  ])
}

/** How often each op of a domain occurs. */
function countsOf(graph: Graph, domain: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const node of nodesOf(graph)) if (node.domain === domain) counts[node.op] = (counts[node.op] ?? 0) + 1
  return counts
}

describe('in plain form', () => {
  const gradientsOf = (sample: Sample) => {
    const g = new Builder('sample')
    const inputs = sample.operands.map((operand, index) =>
      g.input(`x${index}`, dtypeOf(operand, 'float32'), sizesOf(operand.shape)),
    )
    const y = sample.build(g, inputs)[0]!
    const scalar = g.ReduceSum(g.Mul(y, g.Sin(y)), null)
    const real = inputs.filter(({ dtype }) => dtype === 'float32')
    g.output(y, 'y')
    gradients(g, scalar, real).forEach((gradient, index) => g.output(gradient, `dx${index}`))
    const feeds = Object.fromEntries(
      sample.operands.map((operand, index) => [`x${index}`, feed(operand, 'float32', 3)]),
    )
    return { graph: finish(g.graph), feeds }
  }

  test.each(['Conv', 'ConvTranspose', 'ConvInputGradient', 'ConvWeightGradient', 'MaxPool', 'MaxPoolGradient', 'Relu'])(
    'the gradients of %s compute what the engine’s own ops mean',
    (op) => {
      for (const sample of samples[op]!) {
        const { graph, feeds } = gradientsOf(sample)
        const lowered = lower(graph, { block: 0 })
        verify(lowered)
        expect(countsOf(lowered, 'espalier'), sample.title).toEqual({})
        const actual = evaluate64(lowered, feeds)
        for (const [name, { data }] of evaluate64(graph, feeds))
          expect(
            distance(Array.from(actual.get(name)!.data, Number), Array.from(data, Number)),
            sample.title,
          ).toBeLessThan(1e-12)
      }
    },
  )

  test('the gradient of a pool behind ReLU is spread after the mask, over fewer places', () => {
    const g = new Builder('masked')
    const x = g.input('x', 'float32', [2, 3, 4, 6])
    const y = g.MaxPool(g.Relu(x), { kernelShape: [2, 2], strides: [2, 2] })
    g.output(gradients(g, g.ReduceSum(g.Mul(y, y), null), [x])[0]!, 'dx')
    const graph = finish(g.graph)
    const lowered = lower(graph, { block: 0 })
    const masks = lowered.nodes.filter(({ op }) => op === 'HardSigmoid').map(({ outputs }) => outputs[0]!.shape)
    expect(masks).toEqual([[2, 3, 2, 3]])
    const numbers = Float32Array.from({ length: 2 * 3 * 4 * 6 }, (_, index) => Math.sin(7 * index) - 0.4)
    const feeds = { x: { dtype: 'float32', shape: [2, 3, 4, 6], data: numbers } as const }
    expect(evaluate64(lowered, feeds)).toEqual(evaluate64(graph, feeds))
  })
})

describe('over blocked images', () => {
  const image = { features: 16 * 16 * 3, classes: 3, targets: 1 }
  const normalized = [setting('batchNormalization'), setting('activation', { activation: 'relu' })]
  const convolution = (filters: number) =>
    setting('conv2D', { filters, kernelSize: [3, 3], padding: 'same', useBias: false })
  const network = (filters: number) => {
    const project = chain(
      [
        convolution(filters),
        ...normalized,
        setting('maxPooling2D'),
        convolution(filters),
        ...normalized,
        setting('averagePooling2D'),
        setting('flatten'),
        setting('dense', { units: 3, activation: 'softmax' }),
      ],
      {},
    )
    const [input, ...rest] = project.graph.nodes
    const nodes = [{ ...input!, params: { shape: [16, 16, 3] } }, ...rest]
    return compile({ ...project, graph: { ...project.graph, nodes } }, image)
  }

  test('a chain of layers leaves the blocks only where it ends', () => {
    for (const block of [8, 16] as const) {
      const graph = network(32).train(4, { block })
      verify(graph)
      const blocked = countsOf(graph, 'com.microsoft.nchwc')
      expect([blocked['ReorderInput'], blocked['ReorderOutput']]).toEqual([1, 1])
      const plain = countsOf(graph, '')
      for (const op of ['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'BatchNormalization', 'Resize', 'Relu'])
        expect(plain[op], op).toBeUndefined()
      // One convolution each forward, of which the first needs no gradient by its input, and one pass for: x - μ, Σ (x - μ)²,
      // γ r (x - μ) + β with ReLU; back: Σ dy (x - μ), two for dx; columns of zeros around the second's input.
      expect(blocked['Conv']).toBe(2 + 1 + 2 + 2 * (1 + 1 + 1) + 2 * (1 + 2) + 1)
    }
  })

  test('channels that fill no blocks stay in the plain form', () => {
    expect(countsOf(network(12).train(4, { block: 16 }), 'com.microsoft.nchwc')).toEqual({})
  })

  test('is asked for: left out, every machine gets the plain form', () => {
    expect(countsOf(network(16).train(4), 'com.microsoft.nchwc')).toEqual({})
  })
})
