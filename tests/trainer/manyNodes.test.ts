import { expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { sizeOf } from '#engine/graph/graph.ts'
import { openGraph } from '#main/trainer/model.ts'
import { chain, setting } from '../support/projects.ts'

test('a graph so large that the runtime takes it as it is computes what it computes rewritten', async () => {
  const layers = [
    setting('reshape', { shape: [60, 1] }),
    setting('lstm', { units: 3, dropout: 0.2 }),
    setting('dense', { units: 2, activation: 'softmax' }),
  ]
  const program = compile(chain(layers, { optimizer: setting('adam') }), { features: 60, classes: 2, targets: 1 })
  const wave = (shape: readonly number[]): Tensor => ({
    dtype: 'float32',
    shape,
    data: Float32Array.from({ length: sizeOf(shape) }, (_, index) => Math.sin(index * 1.7) / 2),
  })
  const whole = (shape: readonly number[], at: (index: number) => number): Tensor => ({
    dtype: 'int64',
    shape,
    data: BigInt64Array.from({ length: sizeOf(shape) }, (_, index) => BigInt(at(index))),
  })
  const feeds: Record<string, Tensor> = {
    x: wave([8, 60]),
    y: whole([8], (index) => index % 2),
    batches: whole([3, 4], (index) => index % 8),
    iterations: whole([3], (index) => index),
    seed: { dtype: 'uint32', shape: [], data: Uint32Array.of(5) },
    ...Object.fromEntries(program.weights.map(({ name, shape }) => [name, wave(shape)])),
    ...Object.fromEntries(
      program.slots.map(({ name, shape, fill }) => [
        name,
        { dtype: 'float32', shape, data: new Float32Array(sizeOf(shape)).fill(fill) } satisfies Tensor,
      ]),
    ),
    ...Object.fromEntries(
      program.live.map(({ name, value }) => [
        name,
        { dtype: 'float32', shape: [], data: Float32Array.of(value) } satisfies Tensor,
      ]),
    ),
  }
  const run = async (optimize?: boolean) => {
    const session = await openGraph(program.train(4), { threads: 1, ...(optimize === undefined ? {} : { optimize }) })
    try {
      return await session.run(feeds)
    } finally {
      await session.release()
    }
  }
  const [asItIs, rewritten] = [await run(), await run(true)]
  for (const { name } of program.weights) {
    const [after, expected] = [asItIs, rewritten].map((outputs) => Array.from(outputs[`${name}.next`]!.data, Number))
    const start = Array.from(feeds[name]!.data, Number)
    const largest = Math.max(...after!.map((value, index) => Math.abs(value - expected![index]!)))
    expect(largest, name).toBeLessThan(1e-6)
    expect(after, name).not.toEqual(start)
  }
})
