/** What the open table asks of a network. */
import { imageOf, taskWithoutTable, type Task } from '#engine/project/starts/task.ts'
import type { DataSummary } from '#shared/data.ts'

/** The task of a table; without one that of rows of numbers in several classes. */
export function taskOf(summary: DataSummary | null): Task {
  if (!summary) return taskWithoutTable
  const features = summary.columns.filter(({ role }) => role === 'feature')
  const isNumeric = features.every(({ type }) => type === 'number')
  const { classes, targets, counts } = summary.shape
  return {
    rows: summary.split.train,
    features: summary.features,
    classes,
    targets: Math.max(1, targets),
    ...(counts ? { counts } : {}),
    image: isNumeric ? imageOf(features.map(({ name }) => name)) : null,
  }
}
