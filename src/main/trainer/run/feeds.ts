/** Rows of a table by the feeds of the graphs. */
import { columnsOf } from '#engine/compile/preprocessing.ts'
import type { Program } from '#engine/compile/program.ts'
import { requireDefinition } from '#engine/definitions.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { type Dataset, targetsOf } from '../data/dataset.ts'
import { encodeFeatures } from '../data/features.ts'
import { encodeTargets } from '../data/targets.ts'

/** What each Input takes of some rows, by its feed. */
export function inputFeeds(dataset: Dataset, program: Program, rows: Uint32Array): Record<string, Tensor> {
  return Object.fromEntries(
    program.inputs.map(({ node, feed, shape }, index) => {
      const columns = columnsOf(dataset.preprocessing, node, index)
      const data = encodeFeatures(dataset.columns, columns, rows)
      return [feed, { dtype: 'float32', shape: [rows.length, ...shape], data }]
    }),
  )
}

/** What each output of some rows is to be, by its feed. */
export function targetFeeds(dataset: Dataset, program: Program, rows: Uint32Array): Record<string, Tensor> {
  return Object.fromEntries(
    program.outputs.map(({ node, feed, target, loss }) => {
      const { title } = requireDefinition('loss', loss.kind, 'training/loss')
      return [feed, encodeTargets(targetsOf(dataset, node), rows, target, title)]
    }),
  )
}
