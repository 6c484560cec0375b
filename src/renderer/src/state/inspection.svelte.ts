/** What the engine says about the document as it stands: shapes, parameters, live settings, and all that is wrong. */
import { compile } from '#engine/compile/compile.ts'
import { type Inspection, type NodeView, inspect } from '#engine/compile/inspect.ts'
import type { DataShape, Program } from '#engine/compile/program.ts'
import { entriesOf, inputsOf } from '#engine/project/order.ts'
import type { Issue, Project, Setting } from '#engine/project/project.ts'
import { graphAt } from './blocks.ts'
import { data } from './data.svelte.ts'
import { documentState } from './document.svelte.ts'
import { partsOf } from './network.ts'
import { type Place, formatPlace } from './places.ts'
import { run } from './run.svelte.ts'

const nothing: Inspection = { nodes: new Map(), parameters: 0, issues: [] }

/** The program the project compiles to; null while something is wrong with it. */
function programOf(project: Project, shape: DataShape | null, issues: readonly Issue[]): Program | null {
  return shape === null || issues.some(({ severity }) => severity === 'error') ? null : compile(project, shape)
}

class InspectionState {
  /** What the engine was last asked about: positions on the canvas are none of its business. */
  #seen: { key: readonly unknown[]; inspection: Inspection; program: Program | null } | null = null

  readonly #result = $derived.by(() => {
    const { project } = documentState
    // Until the table is read nothing is known to be wrong.
    if (!project || (data.isPending && data.shape === null)) return { inspection: nothing, program: null }
    const { graph, training } = project
    const key = [training, project.data.validationFraction, data.shape, ...partsOf(graph)]
    const before = this.#seen
    if (before && before.key.length === key.length && key.every((part, at) => part === before.key[at])) return before
    const inspection = inspect(project, data.shape)
    this.#seen = { key, inspection, program: programOf(project, data.shape, inspection.issues) }
    return this.#seen
  })

  /** The last program that could be built: it knows the penalties while something is wrong. */
  #known: Program | null = null

  readonly nodes: Inspection['nodes'] = $derived(this.#result.inspection.nodes)
  readonly parameters = $derived(this.#result.inspection.parameters)
  readonly program = $derived(this.#result.program)
  /** The table's problems first: what is wrong with the network may follow from them. */
  readonly issues = $derived<readonly Issue[]>(
    unique([
      ...(data.failure
        ? data.failure.issues.length > 0
          ? data.failure.issues
          : [dataIssue(data.failure.message)]
        : []),
      ...(data.summary?.issues ?? []),
      ...this.#result.inspection.issues,
      ...(run.failure?.issues ?? []),
    ]),
  )
  readonly errors = $derived(this.issues.filter((issue) => issue.severity === 'error'))

  /** Which of the run's penalties this setting adds, by its place in their order; null when none. */
  penaltyOf(setting: Setting): number | null {
    this.#known = this.program ?? this.#known
    const live = this.#known?.live.find((spec) => spec.setting === setting)
    const index = live && this.#known?.penalties.indexOf(live.name.slice(0, live.name.lastIndexOf('.')))
    return index === undefined || index < 0 ? null : index
  }
}

/** What the engine says of a node inside these blocks; an Input of a block shows what enters it. */
export function seenAt(path: readonly string[], name: string): NodeView | undefined {
  const own = inspection.nodes.get([...path, name].join('/'))
  const graph = documentState.project?.graph
  const outer = path.slice(0, -1)
  const block = path.at(-1)
  if (own || !graph || block === undefined) return own
  const port = entriesOf(graphAt(graph, path)).findIndex((input) => input.name === name)
  const source = port < 0 ? undefined : inputsOf(graphAt(graph, outer), block)[port]
  const seen = source === undefined ? undefined : seenAt(outer, source)
  return seen && { shape: seen.shape, parameters: 0 }
}

/** Table, network and run may each find the same mistake; it is told once. */
const unique = (issues: readonly Issue[]): readonly Issue[] => [
  ...new Map(issues.map((issue) => [issue.message, issue])).values(),
]

const dataIssue = (message: string): Issue => ({ severity: 'error', path: 'data/source', message })

export const inspection = new InspectionState()

/** What is wrong at exactly this place. */
export function issuesAt(place: Place): readonly Issue[] {
  const path = formatPlace(place)
  return inspection.issues.filter((issue) => issue.path === path)
}

/** What is wrong at this place and inside it. */
export function issuesUnder(place: Place): readonly Issue[] {
  const path = formatPlace(place)
  return inspection.issues.filter((issue) => issue.path === path || issue.path.startsWith(`${path}/`))
}
