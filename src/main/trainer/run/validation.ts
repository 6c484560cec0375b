/** The network measured in inference mode, on as many rows a call as memory likes. */
import type { Program } from '#engine/compile/program.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { permutation } from '#engine/random.ts'
import type { Session } from '../session.ts'
import { cutRows, pickRows, rowSize, type Part } from './parts.ts'
import type { WeightSummary } from '#shared/run.ts'
import { floatTensor } from './state.ts'
import { ReportSums, summaryOf } from './summary.ts'

/** Numbers validated in one call, at most: 16 MB. */
const validationNumbers = 4 * 1024 * 1024

/** Training rows measured after an epoch, at most: enough to tell a gap, few enough to cost a few hundredths of the epoch. */
const sampleRows = 4096

/** A part in pieces that one call can take. */
export function chunksOf(part: Part): readonly Part[] {
  const width = Object.values(part.feeds).reduce((sum, tensor) => sum + rowSize(tensor), 0)
  const size = Math.max(1, Math.floor(validationNumbers / Math.max(1, width)))
  return Array.from({ length: Math.ceil(part.rows / size) }, (_, index) => {
    const from = index * size
    const to = Math.min(part.rows, from + size)
    return cutRows(part, from, to)
  })
}

/** Rows of the training part to be measured beside the validation rows: a sample without replacement, fixed by the seed. */
export function sampleOf(train: Part, validation: Part, seed: number): Part {
  const count = Math.min(train.rows, validation.rows, sampleRows)
  if (count === train.rows) return train
  const rows = permutation(train.rows, seed, 'evaluate/train').slice(0, count).sort()
  return pickRows(train, rows)
}

export interface Evaluation {
  /** Means over the rows of all parts. */
  readonly sums: ReportSums
  readonly weights: readonly WeightSummary[]
}

/** Runs the evaluate graph. `known` holds weights and live settings; the graph takes of them what it has inputs for. */
export async function evaluateParts(
  session: Session,
  program: Program,
  parts: readonly Part[],
  known: ReadonlyMap<string, Tensor>,
): Promise<Evaluation> {
  const sums = new ReportSums(program)
  const report = floatTensor([program.columns.length])
  const summary = floatTensor([program.weights.length, 4])
  // The runtime refuses what a graph does not take, as evaluating takes no learning rate.
  const feeds = Object.fromEntries([...known].filter(([name]) => session.inputs.includes(name)))
  for (const { rows, feeds: own } of parts) {
    await session.runInto({ ...feeds, ...own }, { report, summary })
    sums.add(report.data, 0, rows)
  }
  return { sums, weights: summaryOf(program.weights, summary.data) }
}
