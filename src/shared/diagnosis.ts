/** What a run's weights make of the rows kept apart: right and wrong, row by row. */
import * as v from 'valibot'

const measured = v.nullable(v.number())
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const numbers = v.array(v.number())
const point = v.tuple([v.number(), v.number()])

/** One class against all others, by the probability that the network gives it. */
export const rankingSchema = v.strictObject({
  class: v.string(),
  /** Rows of the class. */
  positives: count,
  /** Area under the ROC curve, and average precision; null where all rows or none are of the class. */
  area: measured,
  averagePrecision: measured,
  /** False positive rate and true positive rate, from (0, 0) to (1, 1). */
  roc: v.array(point),
  /** Recall and precision, by rising recall. */
  precisionRecall: v.array(point),
})
export type Ranking = v.InferOutput<typeof rankingSchema>

export const calibrationSchema = v.strictObject({
  /** The class whose probability is meant where there are two; null: that of whichever class is predicted. */
  class: v.nullable(v.string()),
  /** Intervals of the probability that hold rows: how many, their mean probability, and the fraction that came true. */
  bins: v.array(v.strictObject({ rows: count, predicted: v.number(), observed: v.number() })),
  /** Mean distance of the two, weighed by rows. */
  error: v.number(),
})
export type Calibration = v.InferOutput<typeof calibrationSchema>

const classesSchema = v.strictObject({
  kind: v.literal('classes'),
  classes: v.array(v.string()),
  /** By row: the index of its class, of the one predicted, and the scores of both. */
  actual: v.array(count),
  predicted: v.array(count),
  scoreOfPredicted: numbers,
  scoreOfActual: numbers,
  /** Whether scores are probabilities. */
  probabilities: v.boolean(),
  /** Of the second class where there are two, else of the most frequent ones. */
  rankings: v.array(rankingSchema),
  /** Null where scores are no probabilities. */
  calibration: v.nullable(calibrationSchema),
})
export type ClassDiagnosis = v.InferOutput<typeof classesSchema>

const numbersSchema = v.strictObject({
  kind: v.literal('numbers'),
  columns: v.array(
    v.strictObject({
      name: v.string(),
      actual: numbers,
      predicted: numbers,
      /** Root of the mean squared error, mean absolute error, and 1 - squared error / variance (null without variance). */
      rootMeanSquare: v.number(),
      meanAbsolute: v.number(),
      determination: measured,
    }),
  ),
})
export type NumberDiagnosis = v.InferOutput<typeof numbersSchema>

const axisSchema = v.strictObject({ name: v.string(), from: v.number(), to: v.number() })

/** The prediction over the plane of the two numbers that a network reads. */
export const boundarySchema = v.strictObject({
  x: axisSchema,
  y: axisSchema,
  /** Points along each axis. */
  size: count,
  /** [size, size], row by row from the least y: the class predicted, or the number. */
  values: numbers,
  /** The score of the class predicted; empty for numbers. */
  scores: numbers,
  /** Where the rows lie. */
  rows: v.strictObject({ x: numbers, y: numbers }),
})
export type Boundary = v.InferOutput<typeof boundarySchema>

export const diagnosisSchema = v.strictObject({
  /** Whose weights. */
  epoch: count,
  /** The output looked at, and all there are. */
  output: v.string(),
  outputs: v.array(v.string()),
  part: v.picklist(['validation', 'train']),
  /** Numbers of the table's rows, counted from 0, and how many the part has in all. */
  rows: v.array(count),
  of: count,
  result: v.variant('kind', [classesSchema, numbersSchema]),
  /** Null unless the network reads exactly two numbers. */
  boundary: v.nullable(boundarySchema),
})
export type Diagnosis = v.InferOutput<typeof diagnosisSchema>

/** So many rows are shown at once, at most. */
export const mostShownRows = 200

export const shownRowsSchema = v.strictObject({
  columns: v.array(v.string()),
  /** The row of the table, the line of the file it begins on, and its cells as the file has them. */
  rows: v.array(v.strictObject({ row: count, line: count, cells: v.array(v.string()) })),
})
export type ShownRows = v.InferOutput<typeof shownRowsSchema>
