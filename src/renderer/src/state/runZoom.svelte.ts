/** The stretch of the run that its charts show, and the single steps of it. */
import { mostSteps, type Steps } from '#shared/history.ts'
import type { Range } from '../plots/range.ts'
import { lastEpoch, type PlacedSteps, placeSteps } from '../plots/series.ts'
import { client } from './client.ts'
import { run } from './run.svelte.ts'

/** Points a chart draws of steps, at most. */
const points = 2000
/** Milliseconds that a zoom stands still before its steps are read, and between two readings while the run goes on. */
const settling = 120
const refreshing = 1000

class RunZoom {
  #range = $state.raw<Range | null>(null)
  #steps = $state.raw<{ readonly run: string; readonly steps: Steps } | null>(null)
  #timer: ReturnType<typeof setTimeout> | null = null
  #readAt = 0
  #asked = ''

  /** What is shown; null: the whole run. */
  readonly range = $derived(run.info ? this.#range : null)
  readonly whole = $derived<Range>({ from: 0, to: lastEpoch(run.info) })

  /** The steps in sight, where the stretch is short enough to show them; null: epochs are shown. */
  readonly steps = $derived.by((): PlacedSteps | null => {
    const { range } = this
    const { info } = run
    const known = this.#steps
    if (!range || !info || !this.#wanted || known?.run !== info.id || known.steps.to === known.steps.from) return null
    const [from, to] = [known.steps.from / info.stepsPerEpoch, known.steps.to / info.stepsPerEpoch]
    return from <= range.from + 1e-6 && to >= Math.min(range.to, run.last?.epoch ?? 0) - 1
      ? placeSteps(known.steps, info.stepsPerEpoch)
      : null
  })
  /** How many steps each point of `steps` is the mean of. */
  readonly stride = $derived(this.steps ? (this.#steps?.steps.stride ?? 1) : 0)

  /** The steps to read: those in sight and as many again on either side; null where there are too many. */
  readonly #wanted = $derived.by((): { readonly from: number; readonly to: number } | null => {
    const { range } = this
    const { info } = run
    if (!range || !info) return null
    const steps = (epochs: number) => Math.round(epochs * info.stepsPerEpoch)
    const length = Math.min(range.to - range.from, (mostSteps / info.stepsPerEpoch - (range.to - range.from)) / 2)
    if (length < 0) return null
    return { from: Math.max(0, Math.floor(steps(range.from - length))), to: Math.ceil(steps(range.to + length)) }
  })

  show(range: Range | null): void {
    this.#range = range
  }

  /** Reads the steps that a zoom shows, and those that have come since; to be called in an effect. */
  follow(): void {
    const wanted = this.#wanted
    const { info, last } = run
    if (!wanted || !info) return
    const end = Math.min(wanted.to, (last?.epoch ?? 0) * info.stepsPerEpoch)
    const key = `${info.id} ${wanted.from} ${end}`
    if (key === this.#asked || end <= wanted.from) return
    const isSame = this.#asked.startsWith(`${info.id} ${wanted.from} `)
    const wait = isSame ? Math.max(settling, this.#readAt + refreshing - performance.now()) : settling
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#asked = key
      this.#readAt = performance.now()
      void this.#read(info.id, { from: wanted.from, to: end })
    }, wait)
  }

  async #read(id: string, { from, to }: { readonly from: number; readonly to: number }): Promise<void> {
    // A run that has gone meanwhile, or a step log that cannot be read: its epochs are still shown.
    const steps = await client.call('run.steps', { from, to, points }).catch(() => null)
    if (steps && run.info?.id === id) this.#steps = { run: id, steps }
  }
}

export const runZoom = new RunZoom()
