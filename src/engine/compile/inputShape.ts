import { sizeOf } from '../graph/graph.ts'
import { fail, type ProjectNode } from '../project/project.ts'
import type { DataShape } from './program.ts'

/** The shape of one row at an Input: what it asks for, or all features in one axis. Throws an issue when they do not agree. */
export function inputShapeOf(node: ProjectNode, data: DataShape | null): readonly number[] {
  const given = node.params.shape
  const asked = Array.isArray(given) && given.every((size) => typeof size === 'number') ? given : []
  const path = `graph/${node.name}/shape`
  if (asked.length === 0)
    return data
      ? [data.features]
      : fail(path, `${node.name} takes its shape from the data; choose a data file, or give a shape.`)
  if (data && sizeOf(asked) !== data.features)
    return fail(
      path,
      `${node.name} takes ${sizeOf(asked)} numbers a row, but the data have ${data.features} features; leave its shape empty, or make it hold ${data.features}.`,
    )
  return asked
}
