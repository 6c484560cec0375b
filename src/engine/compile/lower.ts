/**
 * Chooses how a finished graph is computed: the engine's own ops become ONNX ops, and what has a faster form is written in it.
 * Everything before this pass speaks of convolutions and pools; everything behind it is what the runtime runs.
 */
import { finish } from '../graph/finish.ts'
import { GraphError, type Attribute, type Graph, type Node, type Value } from '../graph/graph.ts'
import { Builder } from '../ops/builder.ts'
import { ownDomain } from '../ops/convolutionGradient.ts'
import { Readers } from './readers.ts'
import { plainForms } from './plain/forms.ts'

/** The same computation in ops that the runtime has. */
export function lower(graph: Graph): Graph {
  return rewrite(graph, null, new Map())
}

/** `around`: what values of the graphs around this one have become, by their names. */
function rewrite(graph: Graph, parent: Builder | null, around: ReadonlyMap<string, Value>): Graph {
  const g = Builder.over(graph, parent)
  const values = new Map(around)
  const readers = new Readers(graph)
  const now = (value: Value): Value => values.get(value.name) ?? value
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((value) => value && now(value))
    const form = plainForms[node.op]?.({ g, node: { ...node, inputs }, original: node, readers, now })
    if (!form && node.domain === ownDomain) throw new GraphError(`${node.op} has no form the runtime knows`)
    const results = form ?? g.again({ ...node, attributes: inner(node, g, values) }, inputs)
    node.outputs.forEach(({ name }, index) => {
      const result = results[index]
      if (result) values.set(name, result)
    })
  }
  for (const output of graph.outputs) {
    const result = now(output)
    if (result.name !== output.name) g.rename(result, output.name)
  }
  return finish({ ...g.graph, outputs: graph.outputs })
}

/** The attributes of a node with the graphs in them rewritten. */
function inner(node: Node, g: Builder, values: ReadonlyMap<string, Value>): Node['attributes'] {
  return Object.fromEntries(
    Object.entries(node.attributes).map(([name, attribute]): [string, Attribute] => [
      name,
      attribute.type === 'graph' ? { type: 'graph', value: rewrite(attribute.value, g, values) } : attribute,
    ]),
  )
}
