/** What the chosen table looks like, described anew by the native side whenever the data settings change. */
import type { DataShape } from '#engine/compile/program.ts'
import type { Terminals } from '#engine/project/blocks.ts'
import type { ColumnChoice, DataSettings } from '#engine/project/project.ts'
import type { ColumnSummary, DataSummary } from '#shared/data.ts'
import { CallError, type Failure } from '#shared/result.ts'
import { client } from './client.ts'
import { texts } from '../texts.ts'
import { documentState } from './document.svelte.ts'
import { connectedTerminals } from './terminals.ts'

const pause = 150

interface Question {
  readonly data: DataSettings
  readonly seed: number
  readonly path: string | null
  /** Which Inputs and outputs the columns are shared out to. */
  readonly terminals: Terminals
}

function withoutNode({ node: _, ...choice }: ColumnChoice = {}): ColumnChoice {
  return choice
}

class DataState {
  summary = $state.raw<DataSummary | null>(null)
  failure = $state.raw<Failure | null>(null)
  isReading = $state(false)
  #asked = 0
  #described: Question | null = null

  /** Whether the document names a table that is not described yet. */
  readonly isPending = $derived(
    (documentState.project?.data.source ?? null) !== null && this.summary === null && this.failure === null,
  )
  readonly targets = $derived(this.summary?.columns.filter((column) => column.role === 'target') ?? [])
  /** The network's Inputs and outputs, among which the columns are shared out. */
  readonly terminals = $derived<Terminals>(connectedTerminals(documentState.project?.graph ?? { nodes: [], wires: [] }))
  readonly shape = $derived<DataShape | null>(this.summary?.shape ?? null)

  /** Describes the document's data; the latest question wins, and the last answer stays on screen until it comes. */
  follow(): (() => void) | undefined {
    const { project, path } = documentState
    if (!project) return undefined
    const { data } = project
    const { seed } = project.training
    const { terminals } = this
    const known = this.#described
    if (
      known &&
      known.data === data &&
      known.seed === seed &&
      known.path === path &&
      JSON.stringify(known.terminals) === JSON.stringify(terminals)
    )
      return undefined
    const timer = setTimeout(() => void this.#describe({ data, seed, path, terminals }), known ? pause : 0)
    return () => clearTimeout(timer)
  }

  async #describe(question: Question): Promise<void> {
    this.#described = question
    const asked = ++this.#asked
    if (question.data.source === null) {
      this.summary = null
      this.failure = null
      return
    }
    this.isReading = true
    try {
      const summary = await client.call('data.describe', question)
      if (asked === this.#asked) [this.summary, this.failure] = [summary, null]
    } catch (error) {
      if (asked !== this.#asked) return
      this.summary = null
      this.failure =
        error instanceof CallError ? error.failure : { code: 'internal', message: texts.unexpected, issues: [] }
    } finally {
      if (asked === this.#asked) this.isReading = false
    }
  }

  /** Overrides what was guessed about a column. A network with one output has one target: the others become features. */
  setColumn(column: ColumnSummary, choice: ColumnChoice): void {
    const others = choice.role === 'target' && this.terminals.outputs.length < 2 ? this.targets : []
    this.#choose(others, column, choice)
  }

  /** Makes a column the one target of an output of several; what it had until now become features. */
  setTarget(column: ColumnSummary, output: string): void {
    this.#choose(
      this.targets.filter(({ node }) => node === output),
      column,
      { role: 'target', node: output },
    )
  }

  /** Gives a column a choice of its own about being standardized, or leaves it to the data settings again. */
  setStandardize(column: ColumnSummary, standardize: boolean): void {
    documentState.edit((project) => {
      const { standardize: _, ...rest } = project.data.columns[column.name] ?? {}
      const choice = standardize === this.#standardizes(column, project.data) ? rest : { ...rest, standardize }
      return { ...project, data: { ...project.data, columns: { ...project.data.columns, [column.name]: choice } } }
    })
  }

  /** Whether a feature's numbers are standardized before training. */
  isStandardized(column: ColumnSummary): boolean {
    const settings = documentState.project?.data
    return settings?.columns[column.name]?.standardize ?? (settings ? this.#standardizes(column, settings) : false)
  }

  /** What the data settings say of a column; numbers that are looked up in an Embedding stay whole. */
  #standardizes({ node }: ColumnSummary, settings: DataSettings): boolean {
    return settings.standardize && !this.terminals.indices.includes(node ?? this.terminals.inputs[0] ?? '')
  }

  #choose(features: readonly ColumnSummary[], column: ColumnSummary, choice: ColumnChoice): void {
    documentState.edit((project) => {
      const columns: Record<string, ColumnChoice> = { ...project.data.columns }
      for (const { name } of features) columns[name] = { ...withoutNode(columns[name]), role: 'feature' }
      // The Input of a feature means nothing to a target, nor an output to a feature.
      const before = choice.role === undefined ? columns[column.name] : withoutNode(columns[column.name])
      columns[column.name] = { ...before, ...choice }
      return { ...project, data: { ...project.data, columns } }
    })
  }

  setSource(source: string): void {
    documentState.edit((project) =>
      source === project.data.source ? project : { ...project, data: { ...project.data, source, columns: {} } },
    )
  }
}

export const data = new DataState()
