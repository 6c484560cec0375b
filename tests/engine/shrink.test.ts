/** Networks of which units are switched off, made smaller: what they compute has to stay, what is off has to go. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { exportModel } from '#engine/compile/exportModel.ts'
import type { Shrunk } from '#engine/compile/shrink/shrink.ts'
import type { Graph, Tensor } from '#engine/graph/graph.ts'
import { verify } from '#engine/graph/verify.ts'
import type { Project, ProjectGraph, Setting } from '#engine/project/project.ts'
import { createRandom } from '#engine/random.ts'
import { distance } from '../support/differences.ts'
import { evaluate64 } from '../support/evaluate64.ts'
import { count } from '../support/float64/array.ts'
import { imageNetworks, projectOf } from '../support/imageNetworks.ts'
import { chain, setting } from '../support/projects.ts'
import { array, randoms } from '../support/reals.ts'

type Change = (data: Float32Array, shape: readonly number[]) => void

const classes = 3

/** Random weights of a project, each then changed by the change of its name. */
function weightsOf(project: Project, features: number, change: (name: string) => Change): Map<string, Tensor> {
  return new Map(
    compile(project, { features, classes, targets: 1 }).weights.map(({ name, shape }) => {
      const low = name.endsWith('movingVariance') ? 0.5 : -1
      const data = Float32Array.from(randoms(name, count(shape), low, 1))
      change(name)(data, shape)
      return [name, { dtype: 'float32', shape, data }]
    }),
  )
}

interface Exported {
  readonly before: Graph
  readonly shrunk: Shrunk
}

function exported(project: Project, features: number, weights: ReadonlyMap<string, Tensor>): Exported {
  const options = {
    weights,
    preprocessing: {
      columns: Array.from({ length: features }, (_, index) => ({
        name: `column ${index}`,
        type: 'number' as const,
        mean: index % 3,
        deviation: 1 + (index % 2),
        fill: 0,
      })),
      classes: ['a', 'b', 'c'],
      targets: ['class'],
    },
    data: { features, classes, targets: 1 },
    opset: 21,
    producerVersion: 'test',
    metadata: {},
  }
  const { graph: before } = exportModel(project, options)
  const { shrunk } = exportModel(project, { ...options, shrink: true })
  if (!shrunk) throw new Error('nothing was shrunk')
  verify(shrunk.graph)
  return { before, shrunk }
}

/** How far the numbers that two graphs put out are apart, over some rows of random features. */
function difference(
  { before, shrunk }: Exported,
  features: number,
  rows = 5,
  numbers = randoms('input', rows * features, -3, 3),
): number {
  const feeds = { input: array([rows, features], numbers) }
  const numbersOf = (graph: Graph) => {
    const outputs = graph.outputs.filter(({ dtype }) => dtype === 'float32')
    return [...evaluate64({ ...graph, outputs }, feeds).values()].flatMap(({ data }) => Array.from(data, Number))
  }
  return distance(numbersOf(shrunk.graph), numbersOf(before))
}

const shapeOf = ({ shrunk }: Exported, name: string) => shrunk.graph.initializers.get(name)?.shape
const numbersIn = ({ initializers }: Graph): number =>
  [...initializers.values()].reduce((sum, { data }) => sum + data.length, 0)

/** Sets the elements of some slices of the last axis, or of the one before it. */
const set =
  (axis: -1 | -2, indices: readonly number[], value: number): Change =>
  (data, shape) => {
    const last = shape.at(-1) ?? 1
    data.forEach((_, element) => {
      const index = axis === -1 ? element % last : Math.floor(element / last) % (shape.at(-2) ?? 1)
      if (indices.includes(index)) data[element] = value
    })
  }
const both =
  (...changes: readonly Change[]): Change =>
  (data, shape) =>
    changes.forEach((change) => change(data, shape))
const none: Change = () => undefined

const dense = (units: number, activation = 'relu', params: Setting['params'] = {}): Setting =>
  setting('dense', { units, activation, ...params })
const image = (...shape: number[]): Project['graph']['nodes'][number] => ({
  name: 'input',
  kind: 'input',
  params: { shape },
  position: { x: 0, y: 0 },
})
/** The layers of a chain behind an Input of this shape. */
function behind(project: Project, ...shape: number[]): Project {
  const graph: ProjectGraph = { ...project.graph, nodes: [image(...shape), ...project.graph.nodes.slice(1)] }
  return { ...project, graph }
}
const changes =
  (all: Readonly<Record<string, Change>>) =>
  (name: string): Change =>
    all[name] ?? none

describe('a chain of Dense layers', () => {
  const project = chain([dense(6, 'tanh'), dense(5, 'sigmoid'), dense(3, 'softmax')], {})

  test('loses units that nothing comes into, and what they always said goes into the next bias', () => {
    const weights = weightsOf(
      project,
      4,
      changes({ 'dense1/kernel': set(-1, [1, 4], 0), 'dense2/kernel': set(-1, [0], 0) }),
    )
    const result = exported(project, 4, weights)
    expect(difference(result, 4)).toBeLessThan(1e-6)
    expect(shapeOf(result, 'dense1/kernel')).toEqual([4, 4])
    expect(shapeOf(result, 'dense1/bias')).toEqual([4])
    expect(shapeOf(result, 'dense2/kernel')).toEqual([4, 4])
    expect(shapeOf(result, 'dense3/kernel')).toEqual([4, 3])
    expect(result.shrunk.units).toEqual([
      { kernel: 'dense1/kernel', before: 6, after: 4 },
      { kernel: 'dense2/kernel', before: 5, after: 4 },
      { kernel: 'dense3/kernel', before: 3, after: 3 },
    ])
    expect(result.shrunk.kept.get('dense2/kernel')).toEqual([
      [0, 2, 3, 5],
      [1, 2, 3, 4],
    ])
  })

  test('loses units that nothing reads, and whatever only they read', () => {
    const weights = weightsOf(
      project,
      4,
      // Unit 3 of the first layer is read by unit 2 of the second alone, which the third does not read.
      changes({
        'dense2/kernel': (data, shape) => {
          for (const unit of [0, 1, 3, 4]) data[3 * (shape[1] ?? 0) + unit] = 0
        },
        'dense3/kernel': set(-2, [2], 0),
      }),
    )
    const result = exported(project, 4, weights)
    expect(difference(result, 4)).toBeLessThan(1e-6)
    expect(shapeOf(result, 'dense1/kernel')).toEqual([4, 5])
    expect(shapeOf(result, 'dense2/kernel')).toEqual([5, 4])
  })

  test('loses columns that no unit reads, and still takes all of them', () => {
    const weights = weightsOf(project, 4, changes({ 'dense1/kernel': set(-2, [0, 2], 0) }))
    const result = exported(project, 4, weights)
    expect(difference(result, 4)).toBeLessThan(1e-6)
    expect(result.shrunk.graph.inputs[0]?.shape).toEqual(['batch', 4])
    expect(shapeOf(result, 'dense1/kernel')).toEqual([2, 6])
    expect(shapeOf(result, 'preprocessing/mean')).toEqual([2])
    expect(result.shrunk.columns.get('input')).toEqual([1, 3])
  })

  test('keeps one unit where all could go', () => {
    const off = (data: Float32Array) => void data.fill(0)
    const result = exported(project, 4, weightsOf(project, 4, changes({ 'dense2/kernel': off })))
    expect(difference(result, 4)).toBeLessThan(1e-6)
    expect(shapeOf(result, 'dense1/kernel')).toEqual([4, 1])
    expect(shapeOf(result, 'dense2/kernel')).toEqual([1, 1])
    expect(shapeOf(result, 'dense3/kernel')).toEqual([1, 3])
  })

  test('stays as it is when every unit counts', () => {
    const result = exported(
      project,
      4,
      weightsOf(project, 4, () => none),
    )
    expect(result.shrunk.graph.initializers).toEqual(result.before.initializers)
    expect(result.shrunk.kept.size + result.shrunk.columns.size).toBe(0)
    expect(result.shrunk.units.every(({ before, after }) => before === after)).toBe(true)
  })

  test('without a bias to take it keeps one unit that says for all of them what they always said', () => {
    const bare = chain([dense(6, 'sigmoid'), dense(3, 'softmax', { useBias: false })], {})
    const result = exported(bare, 4, weightsOf(bare, 4, changes({ 'dense1/kernel': set(-1, [0, 2, 5], 0) })))
    expect(difference(result, 4)).toBeLessThan(1e-6)
    expect(shapeOf(result, 'dense1/kernel')).toEqual([4, 4])
    expect(shapeOf(result, 'dense2/kernel')).toEqual([4, 3])
  })

  test('loses ReLU units that no row can wake, and keeps those that merely slept', () => {
    const relu = chain([dense(6, 'sigmoid'), dense(5, 'relu'), dense(3, 'softmax')], {})
    const negative: Change = (data, shape) => {
      const units = shape.at(-1) ?? 1
      // Inputs are between 0 and 1: unit 1 cannot rise above 0; unit 2 can, in a corner that no row may be in.
      data.forEach((weight, index) => {
        if (index % units === 1) data[index] = -Math.abs(weight)
        if (index % units === 2) data[index] = index < units ? 2 : -1
      })
    }
    const bias: Change = (data) => data.set([-0.1, -1.9], 1)
    const result = exported(relu, 4, weightsOf(relu, 4, changes({ 'dense2/kernel': negative, 'dense2/bias': bias })))
    expect(difference(result, 4)).toBeLessThan(1e-6)
    expect(result.shrunk.kept.get('dense2/kernel')?.[1]).toEqual([0, 2, 3, 4])
  })
})

describe('a network over images', () => {
  const conv = (filters: number, params: Setting['params'] = {}): Setting =>
    setting('conv2D', { filters, kernelSize: [3, 3], padding: 'same', activation: 'relu', ...params })

  test('loses filters through pooling and Flatten, down to the rows of the Dense behind', () => {
    const project = behind(
      chain([conv(4), setting('maxPooling2D'), conv(5), setting('flatten'), dense(3, 'softmax')], {}),
      6,
      6,
      1,
    )
    const weights = weightsOf(
      project,
      36,
      changes({
        'conv2D1/kernel': set(-1, [2], 0),
        'conv2D1/bias': set(-1, [2], -0.5),
        'conv2D3/kernel': set(-1, [0, 4], 0),
        'conv2D3/bias': set(-1, [0, 4], 0.25),
      }),
    )
    const result = exported(project, 36, weights)
    expect(difference(result, 36)).toBeLessThan(1e-6)
    expect(shapeOf(result, 'conv2D1/kernel')).toEqual([3, 1, 3, 3])
    expect(shapeOf(result, 'conv2D3/kernel')).toEqual([3, 3, 3, 3])
    expect(shapeOf(result, 'dense5/kernel')).toEqual([3 * 3 * 3, 3])
  })

  test('keeps one of several filters that always say something, where the next pads with zeros', () => {
    const project = behind(
      chain([conv(5), conv(4), setting('globalAveragePooling2D'), dense(3, 'softmax')], {}),
      6,
      6,
      1,
    )
    const weights = weightsOf(
      project,
      36,
      changes({
        'conv2D1/kernel': set(-1, [1, 2, 4], 0),
        'conv2D1/bias': both(set(-1, [1, 2], 0.5), set(-1, [4], 0.75)),
      }),
    )
    const result = exported(project, 36, weights)
    expect(difference(result, 36)).toBeLessThan(1e-6)
    expect(shapeOf(result, 'conv2D1/kernel')).toEqual([3, 1, 3, 3])
  })

  test('keeps a filter on whose channel something else is added', () => {
    const nodes: ProjectGraph['nodes'] = [
      image(6, 6, 1),
      ...Object.entries({
        first: conv(4),
        branch: conv(4),
        sum: setting('add'),
        pool: setting('globalAveragePooling2D'),
        end: dense(3, 'softmax'),
      }).map(([name, { kind, params }]) => ({ name, kind, params, position: { x: 0, y: 0 } })),
    ]
    const wires = ['input first', 'first branch', 'branch sum', 'first sum', 'sum pool', 'pool end'].map((wire) => {
      const [from = '', to = ''] = wire.split(' ')
      return { from, to }
    })
    const project: Project = { ...chain([], {}), graph: { nodes, wires } }
    const weights = weightsOf(
      project,
      36,
      changes({
        'branch/kernel': set(-1, [0, 1], 0),
        'branch/bias': set(-1, [0, 1], 0),
        'first/kernel': set(-1, [0], 0),
        'first/bias': set(-1, [0], 0),
      }),
    )
    const result = exported(project, 36, weights)
    expect(difference(result, 36)).toBeLessThan(1e-6)
    expect(shapeOf(result, 'branch/kernel')).toEqual([3, 3, 3, 3])
    expect(shapeOf(result, 'end/kernel')).toEqual([3, 3])
  })

  test('of any make computes the same and never grows', () => {
    let smaller = 0
    fc.assert(
      fc.property(imageNetworks, fc.nat(1e6), (network, seed) => {
        const project = projectOf(network, 4)
        const random = createRandom(seed, 'off')
        const off = (size: number) =>
          Array.from({ length: size }, (_, index) => index).filter(() => random.uniform() < 0.4)
        const features = network.rows * network.columns * network.channels
        const weights = weightsOf(project, features, (name) => (data, shape) => {
          if (name.endsWith('/movingVariance') || name.startsWith('dense')) return
          set(-1, off(shape.at(-1) ?? 1), 0)(data, shape)
          if (shape.length > 2) set(-2, off(shape.at(-2) ?? 1).slice(0, 1), 0)(data, shape)
        })
        const result = exported(project, features, weights)
        expect(difference(result, features, 2)).toBeLessThan(1e-5)
        expect(numbersIn(result.shrunk.graph)).toBeLessThanOrEqual(numbersIn(result.before) + 64)
        if (result.shrunk.units.some(({ before, after }) => after < before)) smaller += 1
      }),
      { numRuns: 60, seed: 4 },
    )
    expect(smaller).toBeGreaterThan(20)
  })
})

test('words that no layer reads parts of get shorter', () => {
  const project = chain(
    [
      setting('embedding', { inputDim: 7, outputDim: 5 }),
      setting('globalAveragePooling1D'),
      dense(3, 'softmax', { useBias: false }),
    ],
    {},
  )
  const weights = weightsOf(project, 4, changes({ 'dense3/kernel': set(-2, [1, 3], 0) }))
  const result = exported(project, 4, weights)
  // Raw numbers whose standardized ones are the words 0 to 4.
  const words = Float64Array.from({ length: 20 }, (_, at) => (at % 5) * (1 + ((at % 4) % 2)) + ((at % 4) % 3))
  expect(difference(result, 4, 5, words)).toBeLessThan(1e-6)
  expect(shapeOf(result, 'embedding1/embeddings')).toEqual([7, 3])
})
