/** What an exported file says about itself in metadata_props. */
import { preprocessingEntry } from '#engine/compile/preprocessingMetadata.ts'
import type { Parity } from '#shared/routes.ts'
import type { Shrunk } from '#engine/compile/shrink/shrink.ts'
import type { Shrinkage } from '#shared/report.ts'
import type { Trained } from './trained.ts'

const shrunkKey = 'espalier.shrunk'

/** metadata_props of an exported model: names Netron and others know, the rest under `espalier.`. */
export function describeModel(
  model: Trained & {
    readonly parity: Parity
    readonly zeros: number
    readonly parameters: number
    /** On the validation rows; null without any. */
    readonly metrics: Readonly<Record<string, number>> | null
    /** What idle units cost and where they were; null when the model is whole. */
    readonly shrinkage: Shrinkage | null
    readonly shrunk: Shrunk | null
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
    ...preprocessingEntry(preprocessing),
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
    ...(model.shrinkage && model.shrunk ? { [shrunkKey]: shrunkText(model.shrinkage, model.shrunk) } : {}),
  }
}

/** How much smaller the model is than the drawn network, and which indices of each weight are left, axis by axis. */
const shrunkText = (shrinkage: Shrinkage, { kept }: Shrunk): string =>
  JSON.stringify({ ...shrinkage, kept: Object.fromEntries(kept) })
