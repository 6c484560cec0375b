/** What the canvas shows without training: shapes, parameter counts, and what does not fit. */
import { sizeOf, type Shape } from '../graph/graph.ts'
import { checkProject } from '../project/check.ts'
import { IssueError, type Issue, type Project } from '../project/project.ts'
import { compile } from './compile.ts'
import { buildPredictGraph } from './evaluation.ts'
import { inputShapeOf } from './inputShape.ts'
import type { DataShape } from './program.ts'

export interface NodeView {
  /** The output's shape, [batch, ...]. */
  readonly shape: Shape
  readonly parameters: number
}

export interface Inspection {
  /** The nodes whose shape is known. */
  readonly nodes: ReadonlyMap<string, NodeView>
  readonly parameters: number
  readonly issues: readonly Issue[]
}

/** Looks at a project as far as it can be built; `data` null while there are none. Never throws for the user's mistakes. */
export function inspect(project: Project, data: DataShape | null): Inspection {
  const issues = checkProject(project)
  const nodes = new Map<string, NodeView>()
  const input = project.graph.nodes.find(({ kind }) => kind === 'input')
  if (input)
    collect(issues, () => {
      const { forward } = buildPredictGraph(project, inputShapeOf(input, data))
      for (const [name, { output, weights }] of forward.nodes)
        nodes.set(name, { shape: output.shape, parameters: weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0) })
      for (const issue of forward.issues) if (!issues.some(({ path }) => path === issue.path)) issues.push(issue)
    })
  if (data && issues.length === 0) collect(issues, () => compile(project, data))
  return { nodes, parameters: [...nodes.values()].reduce((sum, node) => sum + node.parameters, 0), issues }
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
