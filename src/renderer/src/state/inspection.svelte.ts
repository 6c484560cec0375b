/** What the engine says about the document as it stands: shapes, parameters, live settings, and all that is wrong. */
import {
  type Compiled,
  type Inspection,
  type NodeView,
  compileInspected,
  inspectShapes,
} from '#engine/compile/inspect.ts'
import type { DataShape, Program } from '#engine/compile/program.ts'
import { entriesOf, inputsOf } from '#engine/project/order.ts'
import { formatPlace } from '#engine/project/place.ts'
import type { Issue, Place, Project, Setting } from '#engine/project/project.ts'
import { graphAt } from './blocks.ts'
import { data } from './data.svelte.ts'
import { documentState } from './document.svelte.ts'
import { partsOf } from './network.ts'
import { run } from './run.svelte.ts'

const nothing: Inspection = { nodes: new Map(), parameters: 0, operations: 0, issues: [] }

/** A look at the project, and what it was taken of. */
interface Look {
  readonly key: readonly unknown[]
  readonly project: Project
  readonly shape: DataShape | null
  readonly inspection: Inspection
}

/** Compiling that takes longer than this many milliseconds waits for a pause in the editing. */
const noticeable = 25
/** How long such a pause is, in milliseconds. */
const pause = 300

class InspectionState {
  /** What the engine was last asked about: positions on the canvas are none of its business. */
  #seen: Look | null = null
  /** How long compiling took last, in milliseconds. */
  #cost = 0
  /** The last program that could be built, and in which document: what is known while the next one waits or cannot be. */
  #known: { readonly program: Program; readonly opened: number } | null = null
  /** What was compiled at once, as part of looking. */
  #immediate: { readonly look: Look; readonly compiled: Compiled } | null = null
  /** What was compiled in a pause. */
  #later = $state.raw<{ readonly look: Look; readonly compiled: Compiled } | null>(null)

  readonly #look = $derived.by((): Look | null => {
    const { project } = documentState
    // Until the table is read nothing is known to be wrong.
    if (!project || (data.isPending && data.shape === null)) return null
    const { graph, training } = project
    const key = [training, project.data.validationFraction, data.shape, ...partsOf(graph)]
    const before = this.#seen
    if (before && before.key.length === key.length && key.every((part, at) => part === before.key[at])) return before
    this.#seen = { key, project, shape: data.shape, inspection: inspectShapes(project, data.shape) }
    return this.#seen
  })

  /** What the look compiles to; null while that waits for a pause. */
  readonly #compiled = $derived.by((): Compiled | null => {
    const look = this.#look
    if (!look) return { program: null, issues: [] }
    if (this.#later?.look === look) return this.#later.compiled
    if (this.#immediate?.look === look) return this.#immediate.compiled
    if (this.#cost > noticeable) return null
    this.#immediate = { look, compiled: this.#compile(look) }
    return this.#immediate.compiled
  })

  #compile({ project, shape, inspection }: Look): Compiled {
    const start = performance.now()
    const compiled = compileInspected(project, shape, inspection)
    // A project that cannot be compiled says nothing about how long it would take.
    if (compiled.program) {
      this.#cost = performance.now() - start
      this.#known = { program: compiled.program, opened: documentState.opened }
    }
    return compiled
  }

  get #lastKnown(): Program | null {
    return this.#known?.opened === documentState.opened ? this.#known.program : null
  }

  /** Compiles what takes its time once the editing pauses. */
  follow(): (() => void) | undefined {
    const look = this.#look
    if (!look || this.#compiled) return undefined
    const timer = setTimeout(() => {
      this.#later = { look, compiled: this.#compile(look) }
    }, pause)
    return () => clearTimeout(timer)
  }

  readonly nodes: Inspection['nodes'] = $derived(this.#look?.inspection.nodes ?? nothing.nodes)
  readonly parameters = $derived(this.#look?.inspection.parameters ?? 0)
  readonly operations = $derived(this.#look?.inspection.operations ?? 0)
  readonly program = $derived(this.#compiled ? this.#compiled.program : this.#lastKnown)
  /** The table's problems first: what is wrong with the network may follow from them. */
  readonly issues = $derived<readonly Issue[]>(
    unique([
      ...(data.failure
        ? data.failure.issues.length > 0
          ? data.failure.issues
          : [dataIssue(data.failure.message)]
        : []),
      ...(data.summary?.issues ?? []),
      ...(this.#compiled ?? this.#look?.inspection ?? nothing).issues,
      // What a run found says nothing about a project changed since.
      ...(run.isStale ? [] : [...(run.failure?.issues ?? []), ...(run.info?.warnings ?? [])]),
    ]),
  )
  readonly errors = $derived(this.issues.filter((issue) => issue.severity === 'error'))

  /** Which of the run's penalties this setting adds, by its place in their order; null when none. */
  penaltyOf(setting: Setting): number | null {
    const program = this.program ?? this.#lastKnown
    const live = program?.live.find((spec) => spec.setting === setting)
    const index = live && program?.penalties.indexOf(live.name.slice(0, live.name.lastIndexOf('.')))
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
  return seen && { shape: seen.shape, parameters: 0, operations: 0 }
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
