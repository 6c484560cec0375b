/** A run's weights and reports, summed up for people. */
import type { Program, WeightSpec } from '#engine/compile/program.ts'
import type { EpochMessage, WeightSummary } from '#shared/run.ts'
import type { Progress } from './state.ts'

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

/** Numbers of an epoch by name. */
interface Means {
  /** The data loss plus all penalties. */
  readonly loss: number
  readonly data: number
  /** `loss`, `data`, `<node>/loss` of each output where there are several, and each metric. */
  readonly values: Record<string, number>
  readonly penalties: Record<string, number>
}

/** Rows of a report added up, so that an epoch's mean weighs every row of data alike (as Keras does). */
export class ReportSums {
  readonly #program: Pick<Program, 'columns' | 'metrics'>
  #sums: number[]
  #rows: number

  /** Begins at nothing, or at sums kept earlier. */
  constructor(program: Pick<Program, 'columns' | 'metrics'>, sums: readonly number[] = [], rows = 0) {
    this.#program = program
    this.#sums = program.columns.map((_, index) => sums[index] ?? 0)
    this.#rows = rows
  }

  get sums(): readonly number[] {
    return this.#sums
  }

  get rows(): number {
    return this.#rows
  }

  reset(): void {
    this.#sums = this.#sums.map(() => 0)
    this.#rows = 0
  }

  /** Adds one line of a report, `offset` numbers in, that is the mean over `rows` rows of data. */
  add(report: Float32Array, offset: number, rows: number): void {
    for (let index = 0; index < this.#sums.length; index++) {
      this.#sums[index] = (this.#sums[index] ?? 0) + (report[offset + index] ?? Number.NaN) * rows
    }
    this.#rows += rows
  }

  /** What the rows so far come to; NaN while there are none. */
  means(): Means {
    const { columns, metrics } = this.#program
    const means = this.#sums.map((sum) => (this.#rows === 0 ? Number.NaN : sum / this.#rows))
    const named = (prefix: string): [string, number][] =>
      columns.flatMap((column, index) =>
        column.startsWith(prefix) ? [[column.slice(prefix.length), means[index] ?? Number.NaN]] : [],
      )
    const penalties = named('penalty:')
    const data = means[columns.indexOf('data')] ?? Number.NaN
    const loss = penalties.reduce((sum, [, penalty]) => sum + penalty, data)
    const outputs = named('output:').map(([node, mean]): [string, number] => [`${node}/loss`, mean])
    const measures = metrics.map(({ name, from, width, result }): [string, number] => [
      name,
      result(means.slice(from, from + width)),
    ])
    return {
      loss,
      data,
      values: { loss, data, ...Object.fromEntries(outputs), ...Object.fromEntries(measures) },
      penalties: Object.fromEntries(penalties),
    }
  }
}

/** What is told of the epoch that has just ended; `progress` counts it already. */
export function epochMessage(
  { epoch, live, learningRate, epochSeconds }: Progress,
  parts: { readonly train: Means; readonly validation: Means | null; readonly trainInference: Means | null },
  best: EpochMessage['best'],
  weights: readonly WeightSummary[],
): EpochMessage {
  const { train, validation, trainInference } = parts
  return {
    type: 'epoch',
    epoch,
    train: measuredAll(train.values),
    validation: validation && measuredAll(validation.values),
    trainInference: trainInference && measuredAll(trainInference.values),
    penalties: measuredAll(train.penalties),
    live: { ...live },
    learningRate,
    seconds: epochSeconds,
    best,
    weights: [...weights],
  }
}
