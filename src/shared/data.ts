/** What a table looks like once read: columns with their guessed types, the target, a preview. */
import * as v from 'valibot'
import { issueSchema } from './result.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const columnSummarySchema = v.strictObject({
  name: v.string(),
  type: v.picklist(['number', 'category']),
  role: v.picklist(['feature', 'target', 'ignore']),
  /** False where the user decided. */
  guessed: v.boolean(),
  missing: count,
  /** Numbers: over the rows that have one. */
  mean: v.nullable(v.number()),
  deviation: v.nullable(v.number()),
  min: v.nullable(v.number()),
  max: v.nullable(v.number()),
  /** Categories, most frequent first, with their counts. */
  categories: v.array(v.tuple([v.string(), count])),
})
export type ColumnSummary = v.InferOutput<typeof columnSummarySchema>

export const dataSummarySchema = v.strictObject({
  source: v.string(),
  rows: count,
  columns: v.array(columnSummarySchema),
  task: v.picklist(['classes', 'regression']),
  /** Class names in the order of their indices; empty for regression. */
  classes: v.array(v.string()),
  /** How many numbers a row becomes: one per numeric feature, one per category of the others. */
  features: count,
  split: v.strictObject({ train: count, validation: count }),
  /** The first rows as text, one array a row, in column order. */
  preview: v.array(v.array(v.string())),
  issues: v.array(issueSchema),
})
export type DataSummary = v.InferOutput<typeof dataSummarySchema>
