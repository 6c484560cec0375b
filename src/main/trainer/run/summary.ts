/** A run's weights and reports, summed up for people. */
import type { WeightSummary } from '#shared/run.ts'
import type { FloatTensor, Tensors } from './state.ts'

/** JSON has no NaN: what is not finite becomes null. */
export const measured = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Counts, norm and range of one weight; null where values are not finite. */
export function summarizeWeight(name: string, tensor: FloatTensor): WeightSummary {
  const { data } = tensor
  let zeros = 0
  let squares = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let index = 0; index < data.length; index++) {
    const value = data[index] ?? 0
    if (value === 0) zeros++
    squares += value * value
    if (value < min) min = value
    if (value > max) max = value
  }
  return {
    name,
    shape: [...tensor.shape],
    size: data.length,
    zeros,
    norm: measured(Math.sqrt(squares)),
    min: measured(Number.isNaN(squares) ? Number.NaN : min),
    max: measured(Number.isNaN(squares) ? Number.NaN : max),
  }
}

/** One summary a weight, in order. */
export function summarizeWeights(weights: Tensors): WeightSummary[] {
  return [...weights].map(([name, tensor]) => summarizeWeight(name, tensor))
}

/** Rows of a report added up, so that an epoch's mean weighs every row of data alike (as Keras does). */
export class ReportSums {
  readonly columns: readonly string[]
  #sums: number[]
  #rows = 0

  constructor(columns: readonly string[]) {
    this.columns = columns
    this.#sums = columns.map(() => 0)
  }

  get sums(): readonly number[] {
    return this.#sums
  }

  get rows(): number {
    return this.#rows
  }

  /** Goes back to sums kept earlier. */
  restore(sums: readonly number[], rows: number): void {
    this.#sums = this.columns.map((_, index) => sums[index] ?? 0)
    this.#rows = rows
  }

  reset(): void {
    this.restore([], 0)
  }

  /** Adds one line of a report, `offset` numbers in, that is the mean over `rows` rows of data. */
  add(report: Float32Array, offset: number, rows: number): void {
    for (let index = 0; index < this.#sums.length; index++) {
      this.#sums[index] = (this.#sums[index] ?? 0) + (report[offset + index] ?? Number.NaN) * rows
    }
    this.#rows += rows
  }

  /** The mean of one column. */
  mean(index: number): number {
    return this.#rows === 0 ? Number.NaN : (this.#sums[index] ?? Number.NaN) / this.#rows
  }

  /** Means by name: `data`, each metric, and `loss`, the data loss plus all penalties; penalties apart. */
  means(): { readonly values: Record<string, number>; readonly penalties: Record<string, number> } {
    const values: Record<string, number> = { loss: 0 }
    const penalties: Record<string, number> = {}
    let loss = 0
    this.columns.forEach((column, index) => {
      const mean = this.mean(index)
      if (column.startsWith('penalty:')) {
        penalties[column.slice('penalty:'.length)] = mean
        loss += mean
      } else if (column.startsWith('metric:')) {
        values[column.slice('metric:'.length)] = mean
      } else {
        values[column] = mean
        loss += mean
      }
    })
    values['loss'] = loss
    return { values, penalties }
  }
}
