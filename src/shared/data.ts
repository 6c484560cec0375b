/** What a table looks like once read: columns with their guessed types, the target, a preview. */
import * as v from 'valibot'
import { issueSchema } from '#engine/project/schema.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const targetShape = {
  classes: count,
  targets: count,
  counts: v.exactOptional(v.pipe(v.array(count), v.readonly())),
  center: v.exactOptional(v.pipe(v.array(v.number()), v.readonly())),
}

const dataShapeSchema = v.strictObject({
  features: count,
  ...targetShape,
  inputs: v.exactOptional(v.record(v.string(), count)),
  indices: v.exactOptional(v.record(v.string(), count)),
  outputs: v.exactOptional(v.record(v.string(), v.strictObject(targetShape))),
  rowWeights: v.exactOptional(v.boolean()),
})

const columnSummarySchema = v.strictObject({
  name: v.string(),
  type: v.picklist(['number', 'category']),
  role: v.picklist(['feature', 'target', 'weight', 'ignore']),
  /** False where the user decided. */
  guessed: v.boolean(),
  missing: count,
  /** The Input or output it belongs to, in networks with several; else null. */
  node: v.nullable(v.string()),
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
  /** The sizes a network has to fit. */
  shape: dataShapeSchema,
  split: v.strictObject({ train: count, validation: count }),
  /** The first rows as text, one array a row, in column order. */
  preview: v.array(v.array(v.string())),
  issues: v.array(issueSchema),
})
export type DataSummary = v.InferOutput<typeof dataSummarySchema>
