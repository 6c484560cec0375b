/** What the units of a network put out: the least and the greatest number of each. */
import { definitionOf } from '../definitions.ts'
import { finish } from '../graph/finish.ts'
import type { Graph } from '../graph/graph.ts'
import { verify } from '../graph/verify.ts'
import { Builder } from '../ops/builder.ts'
import { openBlocks } from '../project/blocks.ts'
import type { Project, ProjectGraph } from '../project/project.ts'
import { buildForward } from './forward.ts'
import type { InputSpec } from './program.ts'

/** Layers that leave units where they are. */
const following: readonly string[] = ['Activation', 'Normalization', 'Regularization']

/** Where the units of a layer are seen last before others read them: behind its activation, when that is a layer of its own. */
export function lastOf(graph: ProjectGraph, name: string): string {
  const [next, ...others] = graph.wires.filter(({ from }) => from === name).map(({ to }) => to)
  const kind = graph.nodes.find((node) => node.name === next)?.kind
  const group = kind === undefined ? undefined : definitionOf('layer', kind)?.group
  if (next === undefined || others.length > 0 || !group || !following.includes(group)) return name
  return lastOf(graph, next)
}

/**
 * Inputs: those of the network, [batch, ...], and weights. Outputs for each layer with weights, over all rows and places given:
 * `<layer>.least` and `<layer>.greatest`, float32 [units], the units along the last axis.
 */
export function buildActivityGraph(document: Project, inputs: readonly InputSpec[]): Graph {
  const graph = openBlocks(document.graph)
  const g = new Builder('activity')
  const values = new Map(inputs.map(({ node, feed, shape }) => [node, g.input(feed, 'float32', ['batch', ...shape])]))
  const { nodes } = buildForward(
    g,
    graph,
    {
      training: false,
      weight: ({ name, shape }) => g.input(name, 'float32', shape),
      live: ({ value }) => g.scalar(value),
      draws: null,
    },
    ({ name }) => {
      const value = values.get(name)
      if (!value) throw new Error(`there is no input ${name}`)
      return value
    },
  )
  for (const [name, { weights }] of nodes) {
    const seen = nodes.get(lastOf(graph, name))?.output
    if (weights.length === 0 || !seen || seen.dtype !== 'float32' || seen.shape.length < 2) continue
    const axes = seen.shape.slice(0, -1).map((_, axis) => axis)
    g.output(g.ReduceMin(seen, axes), `${name}.least`)
    g.output(g.ReduceMax(seen, axes), `${name}.greatest`)
  }
  const whole = finish(g.graph)
  const read = new Set(whole.nodes.flatMap((node) => node.inputs.map((value) => value?.name)))
  const used = { ...whole, inputs: whole.inputs.filter(({ name }) => read.has(name)) }
  verify(used)
  return used
}
