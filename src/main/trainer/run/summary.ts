/** A run's weights and reports, summed up for people. */
import type { WeightSummary } from '#shared/run.ts'
import type { FloatTensor, Tensors } from './state.ts'

/** JSON has no NaN: what is not finite becomes null. */
export const measured = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** The same for numbers by name. */
export const measuredAll = (values: Readonly<Record<string, number>>): Record<string, number | null> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, measured(value)]))

/** Counts, norm and range of one weight; null where values are not finite. */
function summarizeWeight(name: string, tensor: FloatTensor): WeightSummary {
  const { data } = tensor
  let zeros = 0
  let squares = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let index = 0; index < data.length; index++) {
    const value = data[index] ?? 0
    squares += value * value
    // Expressions instead of branches: large weights are summed up after every epoch, and this takes a third less time.
    zeros += value === 0 ? 1 : 0
    min = value < min ? value : min
    max = value > max ? value : max
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
  #rows: number

  /** Begins at nothing, or at sums kept earlier. */
  constructor(columns: readonly string[], sums: readonly number[] = [], rows = 0) {
    this.columns = columns
    this.#sums = columns.map((_, index) => sums[index] ?? 0)
    this.#rows = rows
  }

  get sums(): readonly number[] {
    return this.#sums
  }

  get rows(): number {
    return this.#rows
  }

  reset(): void {
    this.#sums = this.columns.map(() => 0)
    this.#rows = 0
  }

  /** Adds one line of a report, `offset` numbers in, that is the mean over `rows` rows of data. */
  add(report: Float32Array, offset: number, rows: number): void {
    for (let index = 0; index < this.#sums.length; index++) {
      this.#sums[index] = (this.#sums[index] ?? 0) + (report[offset + index] ?? Number.NaN) * rows
    }
    this.#rows += rows
  }

  /** Means by name: `data`, each metric, and `loss`, the data loss plus all penalties; penalties apart. */
  means(): {
    readonly loss: number
    readonly data: number
    readonly values: Record<string, number>
    readonly penalties: Record<string, number>
  } {
    const metrics: Record<string, number> = {}
    const penalties: Record<string, number> = {}
    let loss = 0
    let data = 0
    this.columns.forEach((column, index) => {
      const mean = this.#rows === 0 ? Number.NaN : (this.#sums[index] ?? Number.NaN) / this.#rows
      if (column.startsWith('metric:')) {
        metrics[column.slice('metric:'.length)] = mean
        return
      }
      loss += mean
      if (column.startsWith('penalty:')) penalties[column.slice('penalty:'.length)] = mean
      else data = mean
    })
    return { loss, data, values: { loss, data, ...metrics }, penalties }
  }
}
