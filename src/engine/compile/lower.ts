/**
 * Chooses how a finished graph is computed: the engine's own ops become ONNX ops, and what has a faster form is written in it.
 * Everything before this pass speaks of convolutions and pools; everything behind it is what the runtime runs.
 */
import { finish } from '../graph/finish.ts'
import { GraphError, type Attribute, type Graph, type Node, type Value } from '../graph/graph.ts'
import { Builder } from '../ops/builder.ts'
import { ownDomain } from '../ops/convolutionGradient.ts'
import { blockedFormOf } from './blocked/forms.ts'
import { Layouts } from './blocked/layouts.ts'
import { plainForms } from './plain/forms.ts'
import { Readers } from './readers.ts'

/** How many channels of an image the runtime keeps together, by the width of the processor's registers; 0: none. */
export type Block = 0 | 8 | 16

export interface Lowering {
  readonly block: Block
}

/** Whether blocks make a difference to a graph or what is derived from it. */
export const hasImages = ({ nodes }: Graph): boolean => nodes.some(({ op }) => op === 'Conv' || op === 'ConvTranspose')

/** The same computation in ops that the runtime has, on blocked images where it keeps them. */
export function lower(graph: Graph, { block }: Lowering): Graph {
  return rewrite(graph, block, null, (value) => value)
}

/** `around`: what values of the graph around this one have become. */
function rewrite(graph: Graph, block: Block, parent: Builder | null, around: (value: Value) => Value): Graph {
  const g = Builder.over(graph, parent)
  const readers = new Readers(graph)
  const layouts = new Layouts(g, block, readers, around)
  const now = (value: Value): Value => layouts.plain(value)
  for (const node of graph.nodes) {
    if (block > 0 && blockedFormOf(node)?.(layouts, node)) continue
    const written = { ...node, inputs: node.inputs.map((value) => value && now(value)) }
    const form = plainForms[node.op]?.({ g, node: written, original: node, readers, now })
    if (!form && node.domain === ownDomain) throw new GraphError(`${node.op} has no form the runtime knows`)
    const results = form ?? g.again({ ...written, attributes: inner(node, block, g, now) }, written.inputs)
    node.outputs.forEach((output, index) => {
      const result = results[index]
      if (result) layouts.setPlain(output, result)
    })
  }
  for (const output of graph.outputs) {
    const result = now(output)
    if (result.name !== output.name) g.rename(result, output.name)
  }
  return finish({ ...g.graph, outputs: graph.outputs })
}

/** The attributes of a node with the graphs in them rewritten. */
function inner(node: Node, block: Block, g: Builder, now: (value: Value) => Value): Node['attributes'] {
  return Object.fromEntries(
    Object.entries(node.attributes).map(([name, attribute]): [string, Attribute] => [
      name,
      attribute.type === 'graph' ? { type: 'graph', value: rewrite(attribute.value, block, g, now) } : attribute,
    ]),
  )
}
