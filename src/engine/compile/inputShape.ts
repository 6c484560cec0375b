import { filled, requireDefinition } from '../definitions.ts'
import { sizeOf } from '../graph/graph.ts'
import { layerPlace, setMend } from '../project/mend.ts'
import { entriesOf, inputsOf } from '../project/order.ts'
import { fail, type ProjectGraph, type ProjectNode } from '../project/project.ts'
import { originalOf } from '../project/sharing.ts'
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
      {
        title: `Take the shape of ${node.name} from the data`,
        edits: [{ edit: 'remove', place: layerPlace(node.name, 'shape') }],
      },
    )
  return asked
}

/** Whether every Embedding that looks up what an Input takes has a vector for each index. */
function checkEmbeddings(graph: ProjectGraph, input: string, indices: number): void {
  const definition = requireDefinition('layer', 'embedding', `graph/${input}`)
  const readers = graph.nodes.filter(({ name, kind }) => kind === 'embedding' && inputsOf(graph, name).includes(input))
  for (const node of readers) {
    const { inputDim } = filled(definition, originalOf(graph, node))
    if (typeof inputDim === 'number' && inputDim < indices)
      fail(
        `graph/${node.name}/inputDim`,
        `${node.name} has ${inputDim} indices, but the categories that ${input} takes have ${indices - 1}, and 0 stands for any other; give it ${indices}.`,
        setMend(definition, layerPlace(node.name), 'inputDim', indices),
      )
  }
}

/** The Inputs of an open graph, and what each is fed under: `x`, or `x.<node>` where there are several. */
export function inputSpecs(graph: ProjectGraph, data: DataShape | null): readonly InputSpec[] {
  const nodes = entriesOf(graph)
  for (const [input, indices] of Object.entries(data?.indices ?? {})) checkEmbeddings(graph, input, indices)
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
