/** What regularization did to the weights that a run kept, and what an export without idle units saves. */
import * as v from 'valibot'

const measured = v.nullable(v.number())
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const change = v.strictObject({ before: v.number(), after: v.number() })

/** Units, filters or other results of a layer, by the weight that gives them: `dense1/kernel`. */
const unitsSchema = v.strictObject({ kernel: v.string(), before: count, after: count })

export const shrinkageSchema = v.strictObject({
  /** Numbers in the weights. */
  parameters: change,
  /** Of the file, without what it says about itself. */
  bytes: change,
  /** Multiplications and additions for one row. */
  operations: change,
  units: v.array(unitsSchema),
  /** Columns of the table that the network reads, and those that matter to it. */
  columns: change,
})
export type Shrinkage = v.InferOutput<typeof shrinkageSchema>

export const runReportSchema = v.strictObject({
  /** Whose weights are looked at. */
  epoch: count,
  /** Training rows in inference mode: `total` is the data loss plus all penalties. */
  loss: v.strictObject({ data: measured, total: measured }),
  /** Everything that regularizes, in the order of the project; `value` and `share` of the loss only of penalties. */
  techniques: v.array(
    v.strictObject({
      /** Where it is and what it is: `dense1/kernel/l1`. */
      name: v.string(),
      title: v.string(),
      value: measured,
      share: measured,
    }),
  ),
  /** Loss and metrics on training and on validation rows, both in inference mode; null without validation rows. */
  gap: v.nullable(
    v.strictObject({
      rows: v.strictObject({ train: count, validation: count }),
      train: v.record(v.string(), measured),
      validation: v.record(v.string(), measured),
    }),
  ),
  parameters: v.strictObject({
    all: count,
    /** Of weights that training changes. */
    trained: count,
    /** Those of them that are not exactly zero. */
    effective: count,
  }),
  weights: v.array(
    v.strictObject({
      name: v.string(),
      shape: v.array(count),
      size: count,
      zeros: count,
      norm: measured,
      /** The largest singular value; kernels as matrices [everything else, outputs]. Null for vectors. */
      spectralNorm: measured,
    }),
  ),
  /** Rows on which units were watched. */
  rows: count,
  units: v.array(
    v.strictObject({
      ...unitsSchema.entries,
      /** Every weight into them is exactly zero. */
      unfed: count,
      /** Gave one and the same number on all rows watched; null where a layer's output shows them not one by one. */
      still: v.nullable(count),
    }),
  ),
  shrinkage: shrinkageSchema,
})
export type RunReport = v.InferOutput<typeof runReportSchema>
