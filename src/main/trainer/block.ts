/** How the runtime keeps images on this machine: found out by trying. */
import { gradients } from '#engine/autodiff.ts'
import { lower, type Block } from '#engine/compile/lower.ts'
import type { Graph, Tensor, Value } from '#engine/graph/graph.ts'
import { sizeOf } from '#engine/graph/graph.ts'
import { finish } from '#engine/graph/finish.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { Builder } from '#engine/ops/builder.ts'
import { openGraph } from './model.ts'
import type { Feeds } from './session.ts'

let found: Promise<Block> | null = null

/** How many channels the runtime keeps in a block; 0 where it has none, or computes something else in them. Tried once a process. */
export function blockOfRuntime(): Promise<Block> {
  found ??= tryBlocks().catch(() => 0)
  return found
}

async function tryBlocks(): Promise<Block> {
  const block = await channelsOfReorder()
  if (block !== 8 && block !== 16) return 0
  const graph = trial(2 * block)
  const feeds = feedsOf(graph)
  const [plain, blocked] = [
    await runOnce(lower(graph, { block: 0 }), feeds),
    await runOnce(lower(graph, { block }), feeds),
  ]
  return graph.outputs.every(({ name }) => agree(plain[name], blocked[name])) ? block : 0
}

async function runOnce(graph: Graph, feeds: Feeds): Promise<Record<string, Tensor>> {
  const session = await openGraph(graph, { threads: 1 })
  try {
    return await session.run(feeds)
  } finally {
    await session.release()
  }
}

/** How many channels the runtime itself says a block has: it fills four up to a whole one. */
export async function channelsOfReorder(): Promise<number> {
  const g = new Builder('reorder')
  const x = g.input('x', 'float32', [1, 4, 1, 1])
  const type = { dtype: 'float32', shape: ['images', 'channels', 'rows', 'columns'] } as const
  const [y] = g.stated('ReorderInput', [x], {}, [type], 'com.microsoft.nchwc')
  if (!y) return 0
  g.output(y, 'y')
  const { y: reordered } = await runOnce(finish(g.graph), feedsOf(g.graph))
  return reordered?.shape[1] ?? 0
}

/** A convolution, ReLU and a pool with all their gradients. */
function trial(channels: number): Graph {
  const g = new Builder('trial')
  const x = g.input('x', 'float32', [3, channels, 6, 4])
  const kernel = g.input('kernel', 'float32', [channels, channels, 3, 3])
  const bias = g.input('bias', 'float32', [channels])
  const image = g.Relu(g.Conv(x, kernel, bias, { pads: [1, 1, 1, 1] }))
  const pooled = g.MaxPool(image, { kernelShape: [2, 2], strides: [2, 2] })
  const loss = g.ReduceMean(g.Mul(pooled, pooled), null)
  const wanted: Readonly<Record<string, Value>> = { x, kernel, bias }
  g.output(pooled, 'pooled')
  const slopes = gradients(g, loss, Object.values(wanted))
  Object.keys(wanted).forEach((name, index) => {
    const slope = slopes[index]
    if (slope) g.output(slope, `${name}.gradient`)
  })
  return finish(g.graph)
}

/** Numbers between -1 and 1 for every input of a graph. */
function feedsOf({ inputs }: Graph): Feeds {
  return Object.fromEntries(
    inputs.map(({ name, shape }, index) => {
      const sizes = shape.map(Number)
      const numbers = Array.from({ length: sizeOf(shape) }, (_, at) => Math.sin(1 + index + at * at))
      return [name, tensorOf('float32', sizes, numbers)]
    }),
  )
}

function agree(one: Tensor | undefined, other: Tensor | undefined): boolean {
  if (!one || one.data.length !== other?.data.length) return false
  const [expected, actual] = [Array.from(one.data, Number), Array.from(other.data, Number)]
  const largest = Math.max(...expected.map(Math.abs))
  return expected.every((number, index) => Math.abs(number - (actual[index] ?? Number.NaN)) <= 1e-4 * largest)
}
