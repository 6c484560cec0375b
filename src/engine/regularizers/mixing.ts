/** What techniques that mix rows have in common: who is mixed with whom, and how much of each. */
import { betaQuantiles } from '../beta.ts'
import type { Randomness } from '../define.ts'
import { tensorOf } from '../graph/tensor.ts'
import { GraphError, type Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { number } from '../params.ts'

export const shareParam = (preset: number) =>
  number({
    title: 'Alpha',
    doc: 'How evenly two rows are mixed: shares are drawn from Beta(α, α), near 0 or 1 for a small α, near ½ for a large one.',
    default: preset,
    min: 0.01,
    max: 10,
    scale: 'log',
    sensible: [0.1, 2],
  })

/** Rows of a batch, whose number is known while training. */
function rowsOf(value: Value): number {
  const [rows] = value.shape
  if (typeof rows !== 'number') throw new GraphError('rows can only be mixed in batches of a known size')
  return rows
}

/**
 * The row each row is mixed with, int64 [rows]: all are shifted by the same random number, so that none meets itself. Batches are
 * random already, so this pairs as well as a new order would.
 */
export function partnersOf(g: Builder, random: Randomness, rows: number): Value {
  const last = g.scalar(Math.max(rows - 1, 1))
  // 1 + ⌊u (rows - 1)⌋, u from 0 to below 1
  const shift = g.Add(g.Floor(g.Mul(random.uniform([1]), last)), g.scalar(Math.min(rows - 1, 1)))
  const moved = g.Add(g.ints(Array.from({ length: rows }, (_, index) => index)), g.Cast(shift, 'int64'))
  const count = g.scalar(rows, 'int64')
  return g.Where(g.Less(moved, count), moved, g.Sub(moved, count))
}

/** A share of Beta(α, α) for each row, [rows]: the quantile at a uniform number, between tabulated ones in a straight line. */
export function sharesOf(g: Builder, random: Randomness, alpha: number, rows: number): Value {
  const quantiles = betaQuantiles(alpha)
  const steps = quantiles.slice(1).map((next, index) => next - (quantiles[index] ?? 0))
  const place = g.Mul(random.uniform([rows]), g.scalar(steps.length))
  const below = g.Floor(place)
  const index = g.Cast(below, 'int64')
  const table = (name: string, numbers: readonly number[]): Value =>
    g.initializer(name, tensorOf('float32', [numbers.length], numbers))
  const start = g.Gather(table('quantiles', quantiles), index)
  return g.Add(start, g.Mul(g.Gather(table('steps', steps), index), g.Sub(place, below)))
}

/** Numbers of each row, [rows], to be multiplied with values of any rank. */
export function alongRows(g: Builder, numbers: Value, like: Value): Value {
  return g.Reshape(numbers, [rowsOf(like), ...like.shape.slice(1).map(() => 1)])
}

/** share · value + (1 - share) · its partners' */
export function blend(g: Builder, value: Value, partners: Value, share: Value): Value {
  const other = g.Gather(value, partners)
  return g.Add(other, g.Mul(alongRows(g, share, value), g.Sub(value, other)))
}

/** The same for each of several values. */
export function blendAll(
  g: Builder,
  values: ReadonlyMap<string, Value>,
  partners: Value,
  share: Value,
): ReadonlyMap<string, Value> {
  return new Map([...values].map(([name, value]) => [name, blend(g, value, partners, share)]))
}

/** The number of rows of a batch, by any of its values. */
export function batchRows(values: ReadonlyMap<string, Value>): number {
  const [first] = values.values()
  if (!first) throw new GraphError('a batch has nothing to mix')
  return rowsOf(first)
}

/** Fails where word numbers enter the network, between which there is nothing. */
export function refuseIndices(indices: readonly string[], fail: (message: string) => never): void {
  const [first] = indices
  if (first !== undefined)
    fail(
      `mixes numbers, but what enters ${first} are numbers of words; use manifold MixUp, which mixes after the embedding`,
    )
}
