/** Training over blocked images: the numbers of the plain form, whatever the network. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import type { Block } from '#engine/compile/lower.ts'
import type { Program } from '#engine/compile/program.ts'
import { sizeOf, type Tensor } from '#engine/graph/graph.ts'
import type { Project, Setting } from '#engine/project/project.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { blockOfRuntime, channelsOfReorder } from '#main/trainer/block.ts'
import { openGraph } from '#main/trainer/model.ts'
import { chain, setting } from '../support/projects.ts'
import { imageNetworks, projectOf, type ImageNetwork } from '../support/imageNetworks.ts'
import { randoms } from '../support/reals.ts'

const steps = 3

/** What this machine has; where it has none, the plain form is held against itself. */
const block = await blockOfRuntime()

function start({ weights, slots, inputs, live }: Program, rows: number): Record<string, Tensor> {
  const tensors: [string, Tensor][] = [
    ...inputs.map(({ feed, shape }): [string, Tensor] => [
      feed,
      tensorOf('float32', [rows, ...shape], [...randoms(feed, rows * sizeOf(shape), -1, 1)]),
    ]),
    ...weights.map(({ name, shape, fanIn }): [string, Tensor] => {
      const bound = /kernel$/.test(name) ? Math.sqrt(3 / fanIn) : 0.3
      const center = /gamma|Variance/.test(name) ? 1 : 0
      const data = [...randoms(name, sizeOf(shape), -bound, bound)].map((number) => number + center)
      return [name, tensorOf('float32', shape, data)]
    }),
    ...slots.map(({ name, shape, fill }): [string, Tensor] => [
      name,
      tensorOf('float32', shape, new Array<number>(sizeOf(shape)).fill(fill)),
    ]),
    ...live.map(({ name, value }): [string, Tensor] => [name, tensorOf('float32', [], [value])]),
  ]
  return Object.fromEntries(tensors)
}

/** Report, weights and state after some steps from a start (other than the usual where `given`), every output by its name. */
async function train(
  program: Program,
  batch: number,
  form: Block,
  given: Readonly<Record<string, Tensor>> = {},
): Promise<ReadonlyMap<string, Float32Array>> {
  const all = 2 * batch + 1
  const session = await openGraph(program.train(batch, { block: form }), { threads: 2 })
  const order = Array.from({ length: steps * batch }, (_, index) => (index * 3) % all)
  const results = await session.run({
    ...start(program, all),
    ...given,
    y: tensorOf(
      'int64',
      [all],
      Array.from({ length: all }, (_, row) => row % 3),
    ),
    batches: tensorOf('int64', [steps, batch], order),
    iterations: tensorOf('int64', [steps], [0, 1, 2]),
    seed: tensorOf('uint32', [], [5]),
  })
  const copies = Object.entries(results).map(([name, { data }]): [string, Float32Array] => [
    name,
    Float32Array.from(data, Number),
  ])
  await session.release()
  return new Map(copies)
}

const compiled = (project: Project, features: number): Program => compile(project, { features, classes: 3, targets: 1 })

/** Channels that fill blocks come in multiples of this. */
const width = block === 0 ? 16 : block

const programOf = (network: ImageNetwork): Program =>
  compiled(projectOf(network, width), network.rows * network.columns * network.channels)

/** How far two results are apart, beside the largest number in them. */
function apart(one: Float32Array, other: Float32Array): number {
  const scale = one.reduce((largest, number) => Math.max(largest, Math.abs(number)), 1e-3)
  return one.reduce((worst, number, index) => Math.max(worst, Math.abs(number - other[index]!)), 0) / scale
}

async function expectSame(program: Program, batch: number, given?: Readonly<Record<string, Tensor>>): Promise<void> {
  const [plain, blocked] = [await train(program, batch, 0, given), await train(program, batch, block, given)]
  expect([...blocked.keys()]).toEqual([...plain.keys()])
  for (const [name, numbers] of plain) expect(apart(numbers, blocked.get(name)!), name).toBeLessThan(2e-4)
}

test('blocks are used wherever the runtime has them', async () => {
  const channels = await channelsOfReorder()
  expect(block).toBe(channels === 8 || channels === 16 ? channels : 0)
})

describe('over blocked images', () => {
  test('small networks of every kind of layer train to the same weights as in the plain form', async () => {
    await fc.assert(
      fc.asyncProperty(imageNetworks, fc.constantFrom(2, 5, 16, 18), (network, batch) =>
        expectSame(programOf(network), batch),
      ),
      { numRuns: 16, seed: 7 },
    )
  })

  test('a network over sequences does, which are images of one row', async () => {
    const convolution = (params: Setting['params']) =>
      setting('conv1D', { filters: width, kernelSize: [3], padding: 'same', ...params })
    const layers = [
      setting('reshape', { shape: [12, 3] }),
      convolution({ activation: 'relu' }),
      setting('maxPooling1D'),
      setting('batchNormalization'),
      convolution({ filters: 2 * width, strides: [2], activation: 'tanh' }),
      setting('depthwiseConv1D', { kernelSize: [2] }),
      setting('globalAveragePooling1D'),
      setting('dense', { units: 3, activation: 'softmax' }),
    ]
    await expectSame(compiled(chain(layers, { optimizer: setting('sgd') }), 36), 5)
  })

  test('the first of several largest numbers of a pool gets the gradient there too', async () => {
    // Where the kernel is 0 every place holds the bias: all windows are ties.
    const layers = [
      setting('reshape', { shape: [4, 6, 1] }),
      setting('conv2D', { filters: width, kernelSize: [3, 3], padding: 'same' }),
      setting('maxPooling2D'),
      setting('flatten'),
      setting('dense', { units: 3, activation: 'softmax' }),
    ]
    const program = compiled(chain(layers, { optimizer: setting('sgd') }), 24)
    const zeros = tensorOf('float32', [3, 3, 1, width], new Array<number>(9 * width).fill(0))
    await expectSame(program, 4, { 'conv2D2/kernel': zeros })
  })

  test('the same steps give the same bits', async () => {
    const [network] = fc.sample(imageNetworks, { numRuns: 1, seed: 3 })
    const program = programOf(network!)
    expect(await train(program, 8, block)).toEqual(await train(program, 8, block))
  })
})
