/** Moving statistics taken anew, for weights that no step has left: averages of weights have seen no batch. */
import type { Tensor } from '#engine/graph/graph.ts'
import { permutation } from '#engine/random.ts'
import { openGraph } from '../model.ts'
import type { Feeds, Session, SessionOptions } from '../session.ts'
import { cutRows, pickRows } from './parts.ts'
import type { Prepared } from './prepare.ts'
import type { FloatTensor, Tensors } from './state.ts'

/**
 * The weights, with moving statistics that are the mean of what each batch of the training rows shows, a short one counting by
 * its rows. A pure function of its arguments. Weights come back as they are where no technique asks for it, or where they are
 * those of the last step, whose statistics have followed them.
 */
export async function refreshed(
  prepared: Prepared,
  weights: Tensors,
  last: Tensors,
  live: Readonly<Record<string, number>>,
  options: SessionOptions,
): Promise<Tensors> {
  const { program, batch, train, project } = prepared
  const full = program.refresh(batch)
  if (!full || [...weights].every(([name, tensor]) => sameNumbers(tensor, last.get(name)))) return weights
  const { seed, shuffle } = project.training
  // In batches as mixed as those of training: rows of a table often lie class by class.
  const mixed = shuffle ? pickRows(train, permutation(train.rows, seed, 'refresh')) : train
  const scalars = Object.entries(live).map(([name, value]): [string, Tensor] => [
    name,
    { dtype: 'float32', shape: [], data: Float32Array.of(value) },
  ])
  const known: Feeds = {
    ...Object.fromEntries(scalars),
    ...Object.fromEntries(weights),
    seed: { dtype: 'uint32', shape: [], data: Uint32Array.of(seed) },
  }
  const sums = new Map<string, Float64Array>()
  const add = async (session: Session, from: number, to: number): Promise<void> => {
    const iteration: Tensor = { dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(Math.floor(from / batch))) }
    const feeds = Object.entries({ ...known, ...cutRows(mixed, from, to).feeds, iteration })
    const shown = await session.run(Object.fromEntries(feeds.filter(([name]) => session.inputs.includes(name))))
    for (const [output, { data }] of Object.entries(shown)) {
      const name = output.slice(0, -'.now'.length)
      const sum = sums.get(name) ?? new Float64Array(data.length)
      sums.set(name, sum)
      sum.forEach((before, index) => (sum[index] = before + Number(data[index]) * (to - from)))
    }
  }
  const whole = train.rows - (train.rows % batch)
  const rest = whole < train.rows ? program.refresh(train.rows - whole) : null
  for (const { graph, from, to } of [
    { graph: full, from: 0, to: whole },
    { graph: rest, from: whole, to: train.rows },
  ]) {
    if (!graph) continue
    const session = await openGraph(graph, options)
    try {
      for (let at = from; at < to; at += batch) await add(session, at, Math.min(at + batch, to))
    } finally {
      await session.release()
    }
  }
  return new Map(
    [...weights].map(([name, tensor]): [string, FloatTensor] => {
      const sum = sums.get(name)
      return [name, sum ? { ...tensor, data: Float32Array.from(sum, (each) => each / train.rows) } : tensor]
    }),
  )
}

function sameNumbers({ data }: FloatTensor, other: FloatTensor | undefined): boolean {
  return other !== undefined && data.every((value, index) => value === other.data[index])
}
