/** Layers without weights, one after the other, with the random numbers of a real step. */
import { buildForward } from '#engine/compile/forward.ts'
import { drawsOf, stepKey, type Draws } from '#engine/compile/random.ts'
import type { Graph } from '#engine/graph/graph.ts'
import { finish } from '#engine/graph/finish.ts'
import { verify } from '#engine/graph/verify.ts'
import { Builder } from '#engine/ops/builder.ts'
import { IssueError, type ProjectNode, type Setting } from '#engine/project/project.ts'

/** The graph from `x` of this shape to `y`, in a step of a run with this seed or with other draws; layers are `layer1`, `layer2` ... */
export function drawnLayers(
  settings: readonly Setting[],
  shape: readonly number[],
  {
    seed = 7,
    step = 3,
    training = true,
    draws = (g: Builder): Draws => drawsOf(g, stepKey(g, g.scalar(seed, 'uint32'), g.scalar(step, 'int64'))),
  } = {},
): Graph {
  const g = new Builder('drawn')
  const x = g.input('x', 'float32', shape)
  const nodes = [{ kind: 'input', params: {} }, ...settings].map((setting, index): ProjectNode => ({
    ...setting,
    name: `layer${index}`,
    position: { x: 0, y: 0 },
  }))
  const wires = nodes.slice(1).map(({ name }, index) => ({ from: `layer${index}`, to: name }))
  const surroundings = {
    training,
    draws: training ? draws(g) : null,
    weight: () => {
      throw new Error('these layers have no weights')
    },
    live: ({ value }: { readonly value: number }) => g.scalar(value),
  }
  const { outputs, issues } = buildForward(g, { nodes, wires }, surroundings, () => x)
  if (issues.length > 0) throw new IssueError(...issues)
  g.output(outputs[0]!.prediction, 'y')
  verify(g.graph)
  return finish(g.graph)
}
