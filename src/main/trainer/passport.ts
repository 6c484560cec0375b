/** What an exported file says about itself in metadata_props, and how it is read back. */
import * as v from 'valibot'
import type { Preprocessing } from '#engine/compile/preprocessing.ts'
import type { Parity } from '#shared/routes.ts'
import type { Trained } from './export.ts'

const preprocessingKey = 'espalier.preprocessing'

const columnEntries = { name: v.string(), node: v.exactOptional(v.string()) }
const targetEntries = { classes: v.array(v.string()), targets: v.array(v.string()) }

const preprocessingSchema: v.GenericSchema<Preprocessing> = v.strictObject({
  columns: v.array(
    v.variant('type', [
      v.strictObject({
        ...columnEntries,
        type: v.literal('number'),
        mean: v.number(),
        deviation: v.number(),
        fill: v.number(),
      }),
      v.strictObject({ ...columnEntries, type: v.literal('category'), categories: v.array(v.string()) }),
    ]),
  ),
  ...targetEntries,
  outputs: v.exactOptional(v.record(v.string(), v.strictObject(targetEntries))),
})

/** metadata_props of an exported model: names Netron and others know, the rest under `espalier.`. */
export function describeModel(
  model: Trained & {
    readonly parity: Parity
    readonly zeros: number
    readonly parameters: number
    /** On the validation rows; null without any. */
    readonly metrics: Readonly<Record<string, number>> | null
  },
): Record<string, string> {
  const { prepared, parity } = model
  const { project, dataset } = prepared
  const { preprocessing, table, split } = dataset
  const { training } = project
  return {
    name: project.name,
    ...(project.doc === '' ? {} : { description: project.doc }),
    date: new Date().toISOString(),
    task: preprocessing.classes.length > 0 ? 'classification' : 'regression',
    ...(preprocessing.classes.length > 0 ? { class_names: JSON.stringify(preprocessing.classes) } : {}),
    features: JSON.stringify(preprocessing.columns.map(({ name }) => name)),
    target: JSON.stringify(preprocessing.targets),
    preprocessing: 'in-graph: feed the columns as they are in the table, do not standardize them again',
    [preprocessingKey]: JSON.stringify(preprocessing),
    // The drawn network with all its regularization, and how it was trained. Where its files lie is nobody's business.
    'espalier.project': JSON.stringify({ ...project, data: { ...project.data, source: table.source }, weights: null }),
    'espalier.training': JSON.stringify({
      epochs: model.epoch,
      batchSize: prepared.batch,
      seed: training.seed,
      live: model.live,
    }),
    ...(model.metrics ? { 'espalier.validation': JSON.stringify(model.metrics) } : {}),
    'espalier.data': JSON.stringify({
      source: table.source,
      sha256: table.sha256,
      rows: table.rows,
      train: split.train.length,
      validation: split.validation.length,
    }),
    'espalier.parity': JSON.stringify(parity),
    'espalier.sparsity': JSON.stringify({ zeros: model.zeros, parameters: model.parameters }),
  }
}

/** What a file says about its columns and classes; null when it was not exported by Espalier. */
export function readPreprocessing(metadata: Readonly<Record<string, string>>): Preprocessing | null {
  const text = metadata[preprocessingKey]
  if (text === undefined) return null
  try {
    const parsed = v.safeParse(preprocessingSchema, JSON.parse(text))
    return parsed.success ? parsed.output : null
  } catch {
    return null
  }
}
