/** The network measured in inference mode, on as many rows a call as memory likes. */
import type { Program } from '#engine/compile/program.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import type { Session } from '../session.ts'
import type { Part } from './prepare.ts'
import type { WeightSummary } from '#shared/run.ts'
import { floatTensor } from './state.ts'
import { ReportSums, summaryOf } from './summary.ts'

/** Numbers validated in one call, at most: 16 MB. */
const validationNumbers = 4 * 1024 * 1024

const rowSize = (tensor: Tensor): number => tensor.shape.slice(1).reduce((product, dim) => product * dim, 1)

function rowsOf(tensor: Tensor, from: number, to: number): Tensor {
  const { data, shape } = tensor
  if (!ArrayBuffer.isView(data)) throw new Error('text tensors have no rows to cut')
  const width = rowSize(tensor)
  return { ...tensor, shape: [to - from, ...shape.slice(1)], data: data.subarray(from * width, to * width) }
}

/** A part in pieces that one call can take. */
export function chunksOf(part: Part): readonly Part[] {
  const width = Object.values(part.feeds).reduce((sum, tensor) => sum + rowSize(tensor), 0)
  const size = Math.max(1, Math.floor(validationNumbers / Math.max(1, width)))
  return Array.from({ length: Math.ceil(part.rows / size) }, (_, index) => {
    const from = index * size
    const to = Math.min(part.rows, from + size)
    return rowsOfPart(part, from, to)
  })
}

/** The first row of a part alone: enough where only the weights are to be looked at. */
export function firstRow(part: Part): Part {
  return rowsOfPart(part, 0, 1)
}

function rowsOfPart(part: Part, from: number, to: number): Part {
  const feeds = Object.entries(part.feeds).map(([name, tensor]): [string, Tensor] => [name, rowsOf(tensor, from, to)])
  return { rows: to - from, feeds: Object.fromEntries(feeds) }
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
