/** A run's weights and reports, summed up for people. */
import type { WeightSummary } from '#shared/run.ts'
import type { WeightSpec } from '#engine/compile/program.ts'

/** JSON has no NaN: what is not finite becomes null. */
export const measured = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** The same for numbers by name. */
export const measuredAll = (values: Readonly<Record<string, number>>): Record<string, number | null> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, measured(value)]))

/** Lines of the evaluate graph's `summary` in words: counts, norm and range of each weight; null where not finite. */
export function summaryOf(specs: readonly WeightSpec[], lines: Float32Array): WeightSummary[] {
  return specs.map(({ name, shape }, index) => {
    const [zeros = 0, squares = 0, min = 0, max = 0] = lines.subarray(4 * index, 4 * index + 4)
    const size = shape.reduce((product, dim) => product * dim, 1)
    return {
      name,
      shape: [...shape],
      size,
      zeros,
      norm: measured(Math.sqrt(squares)),
      min: measured(min),
      max: measured(max),
    }
  })
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
