/** What the chosen table looks like, described anew by the native side whenever the data settings change. */
import type { DataShape } from '#engine/compile/program.ts'
import { terminalsOf, type Terminals } from '#engine/project/blocks.ts'
import type { DataSettings } from '#engine/project/project.ts'
import type { ColumnSummary, DataSummary } from '#shared/data.ts'
import { CallError, type Failure } from '#shared/result.ts'
import { client } from './client.ts'
import { texts } from '../texts.ts'
import { documentState } from './document.svelte.ts'

const pause = 150

interface Question {
  readonly data: DataSettings
  readonly seed: number
  readonly path: string | null
  /** Which Inputs and outputs the columns are shared out to. */
  readonly terminals: Terminals
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
  readonly shape = $derived<DataShape | null>(this.summary?.shape ?? null)

  /** Describes the document's data; the latest question wins, and the last answer stays on screen until it comes. */
  follow(): (() => void) | undefined {
    const { project, path } = documentState
    if (!project) return undefined
    const { data } = project
    const { seed } = project.training
    const terminals = terminalsOf(project.graph)
    const known = this.#described
    if (
      known &&
      known.data === data &&
      known.seed === seed &&
      known.path === path &&
      String([known.terminals.inputs, known.terminals.outputs]) === String([terminals.inputs, terminals.outputs])
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

  /** Overrides a column's guessed type or role. */
  setColumn(column: ColumnSummary, choice: Partial<Pick<ColumnSummary, 'type' | 'role'>>): void {
    documentState.edit((project) => {
      const columns = { ...project.data.columns }
      if (choice.role === 'target') {
        for (const other of this.targets) columns[other.name] = { ...columns[other.name], role: 'feature' }
      }
      columns[column.name] = { ...columns[column.name], ...choice }
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
