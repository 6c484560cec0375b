/** Training over blocked images: the numbers of the plain form, whatever the network. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import type { Block } from '#engine/compile/lower.ts'
import type { Program } from '#engine/compile/program.ts'
import { sizeOf, type Tensor } from '#engine/graph/graph.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { blockOfRuntime } from '#main/trainer/block.ts'
import { openGraph } from '#main/trainer/model.ts'
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

/** Report, weights and state after some steps, every output by its name. */
async function train(network: ImageNetwork, batch: number, form: Block): Promise<ReadonlyMap<string, Float32Array>> {
  const width = block === 0 ? 16 : block
  const { rows, columns, channels } = network
  const program = compile(projectOf(network, width), { features: rows * columns * channels, classes: 3, targets: 1 })
  const all = 2 * batch + 1
  const session = await openGraph(program.train(batch, { block: form }), { threads: 2 })
  const order = Array.from({ length: steps * batch }, (_, index) => (index * 3) % all)
  const results = await session.run({
    ...start(program, all),
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

/** How far two results are apart, beside the largest number in them. */
function apart(one: Float32Array, other: Float32Array): number {
  const scale = one.reduce((largest, number) => Math.max(largest, Math.abs(number)), 1e-3)
  return one.reduce((worst, number, index) => Math.max(worst, Math.abs(number - other[index]!)), 0) / scale
}

describe('over blocked images', () => {
  test('small networks of every kind of layer train to the same weights as in the plain form', async () => {
    await fc.assert(
      fc.asyncProperty(imageNetworks, fc.constantFrom(2, 5, 16, 18), async (network, batch) => {
        const [plain, blocked] = [await train(network, batch, 0), await train(network, batch, block)]
        expect([...blocked.keys()]).toEqual([...plain.keys()])
        for (const [name, numbers] of plain) expect(apart(numbers, blocked.get(name)!), name).toBeLessThan(2e-4)
      }),
      { numRuns: Number(process.env['RUNS'] ?? 12), seed: Number(process.env['SEED'] ?? 7) },
    )
  })
})
