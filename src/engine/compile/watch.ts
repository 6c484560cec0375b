/** What weights do to a sample of rows: how steep the loss is along each, and how much each layer puts out. */
import { gradients } from '../autodiff.ts'
import { finish } from '../graph/finish.ts'
import { GraphError, type Graph, type Value } from '../graph/graph.ts'
import { verify } from '../graph/verify.ts'
import { Builder } from '../ops/builder.ts'
import { openBlocks } from '../project/blocks.ts'
import type { Project } from '../project/project.ts'
import { lastOf } from './activity.ts'
import { buildForward, type Surroundings } from './forward.ts'
import { LiveInputs } from './liveInputs.ts'
import { lower } from './lower.ts'
import { buildObjective, truthOf } from './objective.ts'
import { planOutputs } from './outputs.ts'
import type { DataShape, InputSpec } from './program.ts'

/**
 * Inputs: inputs and targets [rows, ...], `rowWeights` where training has it, live scalars, weights. Outputs, in inference mode:
 * `<weight>.gradient` for each weight that learns, the scalar ‖∂L/∂w‖₂ of the data loss and all differentiated penalties; for
 * each layer with weights `<layer>.activation`, √mean(x²) of what it puts out behind its activation, and `<layer>.still`, how many
 * of its units give one and the same number on all rows and places. Throws a GraphError where an op has no gradient.
 */
export function buildWatchGraph(document: Project, data: DataShape, inputs: readonly InputSpec[], rows: number): Graph {
  const project = { ...document, graph: openBlocks(document.graph) }
  const g = new Builder('watch')
  const live = new LiveInputs(g)
  const values = new Map(inputs.map(({ node, feed, shape }) => [node, g.input(feed, 'float32', [rows, ...shape])]))
  const surroundings: Surroundings = {
    training: false,
    weight: ({ name, shape }) => g.input(name, 'float32', shape),
    live: (spec) => live.read(spec),
    draws: null,
  }
  const forward = buildForward(g, project.graph, surroundings, ({ name }) => {
    const value = values.get(name)
    if (!value) throw new GraphError(`there is no input ${name}`)
    return value
  })
  const plans = planOutputs(project, forward, data)
  const targets = new Map(
    plans.map(({ spec }) => {
      const { node, feed, target } = spec
      const dtype = target.form === 'index' ? 'int64' : 'float32'
      const truth = truthOf(g, spec, g.input(feed, dtype, [rows, ...target.shape]))
      return [node, { truth, aim: truth }]
    }),
  )
  const rowWeights = data.rowWeights ? g.input('rowWeights', 'float32', [rows]) : null
  const objective = buildObjective(g, project, [forward], plans, targets, rowWeights, surroundings)
  const total = objective.penalties
    .filter(({ differentiated }) => differentiated)
    .reduce((sum, { value }) => g.Add(sum, value), objective.data)
  const trained = forward.weights.filter(({ spec }) => spec.trainable)
  const steep = gradients(
    g,
    total,
    trained.map(({ value }) => value),
  )
  trained.forEach(({ spec }, index) => {
    const gradient = steep[index]
    if (gradient) g.output(g.Sqrt(g.ReduceSumSquare(g.settled(gradient), null)), `${spec.name}.gradient`)
  })
  for (const [name, { weights }] of forward.nodes) {
    const seen = forward.nodes.get(lastOf(project.graph, name))?.output
    if (weights.length > 0 && seen?.dtype === 'float32' && seen.shape.length > 1) describe(g, name, seen)
  }
  const graph = lower(finish(g.graph), { block: 0 })
  verify(graph)
  const read = new Set(graph.nodes.flatMap((node) => node.inputs.map((value) => value?.name)))
  return { ...graph, inputs: graph.inputs.filter(({ name }) => read.has(name)) }
}

function describe(g: Builder, name: string, seen: Value): void {
  const axes = seen.shape.slice(0, -1).map((_, axis) => axis)
  const same = g.Equal(g.ReduceMax(seen, axes), g.ReduceMin(seen, axes))
  g.output(g.Sqrt(g.ReduceMean(g.Mul(seen, seen), null)), `${name}.activation`)
  g.output(g.ReduceSum(g.Cast(same, 'float32'), null), `${name}.still`)
}
