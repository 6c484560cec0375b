/** What the canvas shows without training: shapes, parameter counts, and what does not fit. */
import { sizeOf, type Shape } from '../graph/graph.ts'
import { checkProject } from '../project/check.ts'
import { blockOf, openBlocks } from '../project/blocks.ts'
import { endsOf, entriesOf } from '../project/order.ts'
import { IssueError, type Issue, type Project, type ProjectGraph } from '../project/project.ts'
import { compile } from './compile.ts'
import { buildPredictGraph } from './evaluation.ts'
import { inputSpecs } from './inputShape.ts'
import { planOutputs } from './outputs.ts'
import type { DataShape, Program } from './program.ts'

export interface NodeView {
  /** The output's shape, [batch, ...]. */
  readonly shape: Shape
  readonly parameters: number
  /** Multiplications and additions for one row when it predicts. */
  readonly operations: number
}

export interface Inspection {
  /** The nodes whose shape is known. */
  readonly nodes: ReadonlyMap<string, NodeView>
  readonly parameters: number
  readonly operations: number
  readonly issues: readonly Issue[]
}

/** What compiling adds to a look: the program, null while anything is wrong, and with it what only training finds. */
export interface Compiled {
  readonly program: Program | null
  readonly issues: readonly Issue[]
}

/** Looks at a project as far as it can be built; `data` null while there are none. Never throws for the user's mistakes. */
export function inspect(project: Project, data: DataShape | null): Inspection {
  const look = inspectShapes(project, data)
  return { ...look, issues: compileInspected(project, data, look).issues }
}

/** Compiles a project that was looked at; a network whose step is long takes its time. */
export function compileInspected(project: Project, data: DataShape | null, { issues: known }: Inspection): Compiled {
  const issues = [...known]
  let program: Program | null = null
  if (data && !issues.some(({ severity }) => severity === 'error'))
    collect(issues, () => {
      program = compile(project, data)
    })
  return { program, issues }
}

/** The part of the look that is quick however long a training step is: shapes, and whether the outputs fit the data. */
export function inspectShapes(project: Project, data: DataShape | null): Inspection {
  const issues = checkProject(project)
  const nodes = new Map<string, NodeView>()
  const graph = openBlocks(project.graph)
  if (entriesOf(graph).length > 0)
    collect(issues, () => {
      const open = { ...project, graph }
      const { forward } = buildPredictGraph(open, inputSpecs(graph, data))
      for (const [name, { output, weights, operations }] of forward.nodes) {
        const parameters = weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
        nodes.set(name, { shape: output.shape, parameters, operations })
      }
      for (const issue of forward.issues) if (!issues.some(({ path }) => path === issue.path)) issues.push(issue)
      if (data && issues.length === 0) planOutputs(open, forward, data)
    })
  const views = new Map([...nodes, ...blockViews(project.graph, nodes)])
  return { nodes: views, ...costOf([...nodes.values()]), issues }
}

/** What several layers cost together. */
function costOf(views: readonly NodeView[]): Pick<NodeView, 'parameters' | 'operations'> {
  return {
    parameters: views.reduce((sum, { parameters }) => sum + parameters, 0),
    operations: views.reduce((sum, { operations }) => sum + operations, 0),
  }
}

/** A block shows what its last layer puts out and what all inside it cost. */
function blockViews(graph: ProjectGraph, nodes: ReadonlyMap<string, NodeView>): [string, NodeView][] {
  return graph.nodes.flatMap((node): [string, NodeView][] => {
    if (node.kind !== 'block') return []
    const inside = [...nodes].flatMap(([name, each]) => (name.startsWith(`${node.name}/`) ? [each] : []))
    const [last] = endsOf(blockOf(graph, node))
    const view = nodes.get(`${node.name}/${last?.name ?? ''}`)
    return view ? [[node.name, { shape: view.shape, ...costOf(inside) }]] : []
  })
}

/** Runs a part of the look, keeping the issues it throws. */
function collect(issues: Issue[], part: () => void): void {
  try {
    part()
  } catch (problem) {
    if (!(problem instanceof IssueError)) throw problem
    issues.push(...problem.issues)
  }
}
