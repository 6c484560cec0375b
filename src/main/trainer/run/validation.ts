/** The network measured in inference mode, on as many rows a call as memory likes. */
import type { Program } from '#engine/compile/program.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import type { Session } from '../session.ts'
import type { Part } from './prepare.ts'
import type { FloatTensor } from './state.ts'
import { ReportSums } from './summary.ts'

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
  const size = Math.max(1, Math.floor(validationNumbers / Math.max(1, rowSize(part.x))))
  return Array.from({ length: Math.ceil(part.rows / size) }, (_, index) => {
    const from = index * size
    const to = Math.min(part.rows, from + size)
    return { rows: to - from, x: rowsOf(part.x, from, to), y: rowsOf(part.y, from, to) }
  })
}

/** Means over the rows of all parts. `known` holds weights and live settings; the graph takes of them what it has inputs for. */
export async function evaluateParts(
  session: Session,
  { columns }: Program,
  parts: readonly Part[],
  known: ReadonlyMap<string, Tensor>,
): Promise<ReportSums> {
  const sums = new ReportSums(columns)
  const report: FloatTensor = { dtype: 'float32', shape: [columns.length], data: new Float32Array(columns.length) }
  // The runtime refuses what a graph does not take, as evaluating takes no learning rate.
  const feeds = Object.fromEntries([...known].filter(([name]) => session.inputs.includes(name)))
  for (const { rows, x, y } of parts) {
    await session.runInto({ ...feeds, x, y }, { report })
    sums.add(report.data, 0, rows)
  }
  return sums
}
