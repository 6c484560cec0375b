import { sizeOf } from '../graph/graph.ts'
import { entriesOf } from '../project/order.ts'
import { fail, type ProjectGraph, type ProjectNode } from '../project/project.ts'
import type { DataShape, InputSpec } from './program.ts'

/** The shape of one row at an Input: what it asks for, or all features in one axis. Throws an issue when they do not agree. */
function inputShapeOf(node: ProjectNode, data: DataShape | null): readonly number[] {
  const given = node.params.shape
  const asked = Array.isArray(given) && given.every((size) => typeof size === 'number') ? given : []
  const path = `graph/${node.name}/shape`
  const features = data && (data.inputs?.[node.name] ?? data.features)
  if (asked.length === 0)
    return features !== null
      ? [features]
      : fail(path, `${node.name} takes its shape from the data; choose a data file, or give a shape.`)
  if (features !== null && sizeOf(asked) !== features)
    return fail(
      path,
      `${node.name} takes ${sizeOf(asked)} numbers a row, but the data have ${features} features; leave its shape empty, or make it hold ${features}.`,
    )
  return asked
}

/** The Inputs of an open graph, and what each is fed under: `x`, or `x.<node>` where there are several. */
export function inputSpecs(graph: ProjectGraph, data: DataShape | null): readonly InputSpec[] {
  const nodes = entriesOf(graph)
  return nodes.map((node) => ({
    node: node.name,
    feed: named('x', node.name, nodes.length),
    shape: inputShapeOf(node, data),
  }))
}

/** A name for one of `count`: alone where it is the only one. */
export function named(prefix: string, node: string, count: number): string {
  return count === 1 ? prefix : `${prefix}.${node}`
}
