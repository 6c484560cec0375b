/** Every layer between two products of which units are switched off: making the three smaller changes nothing they compute. */
import { describe, expect, test } from 'vitest'
import { shrink } from '#engine/compile/shrink/shrink.ts'
import { finish } from '#engine/graph/finish.ts'
import { fold } from '#engine/graph/fold.ts'
import type { Graph, Node, Tensor, Value } from '#engine/graph/graph.ts'
import { verify } from '#engine/graph/verify.ts'
import type { LayerDefinition } from '#engine/define.ts'
import { distance } from '../../support/differences.ts'
import { evaluate64 } from '../../support/evaluate64.ts'
import { randoms } from '../../support/reals.ts'
import { build, settings, type Built, type Case } from './layers/case.ts'
import { cases, tested } from './layers/index.ts'

const floats = (shape: readonly number[], data: Float64Array): Tensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(data),
})
const valueOf = (name: string, { dtype, shape }: Tensor): Value => ({ name, dtype, shape })

/** x · W, where W has columns, or rows, of zeros. */
function product(x: Value, output: Value, off: 'rows' | 'columns', constants: Map<string, Tensor>): Node {
  const [rows, columns] = [Number(x.shape.at(-1)), Number(output.shape.at(-1))]
  const weights = randoms(`${output.name} weights`, rows * columns).map((weight, index) => {
    const at = off === 'rows' ? Math.floor(index / columns) : index % columns
    return at % 3 === 1 ? 0 : weight
  })
  const name = `${output.name}/weights`
  const tensor = floats([rows, columns], weights)
  constants.set(name, tensor)
  return {
    op: 'MatMul',
    domain: '',
    name: output.name,
    inputs: [x, valueOf(name, tensor)],
    outputs: [output],
    attributes: {},
  }
}

/** What was built, its weights in place, between a product before each input and one behind the output. */
function between({ g, output, inputs, feeds }: Built, own: Case): Graph {
  const entering = new Set(own.indices ? [] : inputs.map(({ name }) => name))
  const free = (name: string): boolean => name.startsWith('x')
  const graph = g.graph
  const constants = new Map(graph.initializers)
  for (const { name } of graph.inputs) {
    const numbers = feeds[name]
    if (numbers && !free(name)) constants.set(name, floats(numbers.shape, numbers.data))
  }
  const before = graph.inputs
    .filter(({ name }) => entering.has(name))
    .map((value) => {
      const raw = { ...value, name: `${value.name}/raw` }
      return { raw, node: product(raw, value, 'columns', constants) }
    })
  const y: Value = { name: 'y', dtype: 'float32', shape: [...output.shape.slice(0, -1), 2] }
  const after = product(output, y, 'rows', constants)
  return fold(
    finish({
      name: 'between',
      inputs: [
        ...before.map(({ raw }) => raw),
        ...graph.inputs.filter(({ name }) => free(name) && !entering.has(name)),
      ],
      outputs: [y],
      initializers: constants,
      nodes: [...before.map(({ node }) => node), ...graph.nodes, after],
    }),
  )
}

/** How many units went, over all settings of a layer; throws where something else is computed than before. */
function tried(layer: LayerDefinition, own: Case): number {
  return settings(layer, own)
    .slice(0, 6)
    .reduce((gone, params) => {
      const built = build(layer, own, params, false)
      const last = built.output.shape.at(-1)
      const flat = [built.output, ...built.inputs].some(({ shape }) => shape.length < 2)
      if (typeof last !== 'number' || flat) return gone
      const graph = between(built, own)
      const { graph: smaller, units } = shrink(graph)
      verify(smaller)
      const raw = Object.fromEntries(
        Object.entries(built.feeds).map(([name, numbers]) => [
          graph.inputs.some((input) => input.name === name) ? name : `${name}/raw`,
          numbers,
        ]),
      )
      const feeds = Object.fromEntries(graph.inputs.map(({ name }) => [name, raw[name]!]))
      const [expected] = evaluate64(graph, feeds).values()
      const [actual] = evaluate64(smaller, feeds).values()
      expect(
        distance(Array.from(actual!.data, Number), Array.from(expected!.data, Number)),
        JSON.stringify(params),
      ).toBeLessThan(1e-5)
      return gone + units.reduce((sum, { before, after }) => sum + before - after, 0)
    }, 0)
}

describe('a smaller network', () => {
  test.each(tested)('with %s computes the same', (kind, layer) => {
    for (const own of cases[kind] ?? []) tried(layer, own)
  })

  test.each([
    'dense',
    'conv2D',
    'depthwiseConv2D',
    'batchNormalization',
    'relu',
    'prelu',
    'maxPooling2D',
    'add',
    'concatenate',
    'upSampling2D',
    'zeroPadding2D',
    'cropping2D',
    'globalAveragePooling2D',
    'flatten',
    'dropout',
  ])('loses units through %s', (kind) => {
    const layer = tested.find(([name]) => name === kind)?.[1]
    const gone = (cases[kind] ?? []).reduce((sum, own) => sum + (layer ? tried(layer, own) : 0), 0)
    expect(gone).toBeGreaterThan(0)
  })
})
