/** The run as its messages tell it: where it stands, its numbers epoch by epoch, and the marks of live changes. */
import { CallError, type Failure } from '#shared/result.ts'
import type { RouteName } from '#shared/routes.ts'
import { type EpochMessage, keptMarks, type RunInfo, type RunMessage, type WeightSummary } from '#shared/run.ts'
import { liveSettings } from '#engine/compile/schedules.ts'
import type { LiveSpec } from '#engine/compile/program.ts'
import type { Project } from '#engine/project/project.ts'
import type { Mark } from '../plots/series.ts'
import { texts } from '../texts.ts'
import { client } from './client.ts'
import { documentState } from './document.svelte.ts'
import { layout } from './layout.svelte.ts'
import { partsOf } from './network.ts'
import { notices } from './notices.svelte.ts'
import type { TakenBack } from './takenBack.ts'

export type Phase = 'none' | 'starting' | 'running' | 'paused' | 'stopping' | 'ended' | 'failed'
type Ended = Extract<RunMessage, { type: 'ended' }>
type Progress = Extract<RunMessage, { type: 'progress' }>

/** Changes of one setting closer together than this many milliseconds are one mark while they go the same way: a slider's drag. */
const drag = 600

/** Whether two states of the document train the same; where cards stand on the canvas does not matter. */
function trainAlike(a: Project, b: Project): boolean {
  const essence = ({ graph, training, data }: Project) => [training, data, ...partsOf(graph)]
  const [before, after] = [essence(a), essence(b)]
  return before.length === after.length && before.every((part, at) => part === after[at])
}

class RunState {
  phase = $state<Phase>('none')
  info = $state.raw<RunInfo | null>(null)
  /** The epochs so far, in their order. */
  epochs = $state.raw<readonly EpochMessage[]>([])
  marks = $state.raw<readonly Mark[]>([])
  progress = $state.raw<Progress | null>(null)
  ended = $state.raw<Ended | null>(null)
  failure = $state.raw<Failure | null>(null)
  /** The project as it was when the run began: what its numbers and its export belong to. */
  project = $state.raw<Project | null>(null)
  /** Live settings as the trainer last confirmed them. */
  #confirmed = new Map<string, number>()
  /** What the document last said of them; null where that is not known yet, as a schedule said another thing at the start. */
  #sent = new Map<string, number | null>()
  /** What the run took back of the document's changes when it last went back. */
  takenBack = $state.raw<readonly TakenBack[]>([])
  #lastMark = 0

  readonly isOn = $derived(['starting', 'running', 'paused', 'stopping'].includes(this.phase))
  readonly last = $derived(this.epochs.at(-1) ?? null)
  readonly weights = $derived<readonly WeightSummary[]>(this.ended?.weights ?? this.last?.weights ?? [])
  /** Why there is nothing to export; null when there is. */
  readonly exportRefusal = $derived(
    this.isOn
      ? texts.run.exportWhileOn
      : this.phase === 'ended' && this.ended && this.ended.keptEpoch > 0
        ? null
        : this.ended
          ? texts.run.exportNothingKept
          : texts.run.exportNothing,
  )
  /** Whether the document was changed since the run began: its results belong to the older one. */
  readonly isStale = $derived(
    this.project !== null && documentState.project !== null && !trainAlike(this.project, documentState.project),
  )

  /** Forgets the run on screen, as when another project is opened. */
  clear(): void {
    this.phase = 'none'
    this.info = null
    this.epochs = []
    this.marks = []
    this.takenBack = []
    this.progress = null
    this.ended = null
    this.failure = null
    this.project = null
  }

  async start(): Promise<void> {
    const { project, path } = documentState
    if (!project || this.isOn) return
    this.clear()
    this.phase = 'starting'
    this.project = project
    if (layout.tab !== 'metrics' && layout.tab !== 'weights') layout.show('loss')
    try {
      this.#begin(await client.call('run.start', { path, project }))
    } catch (error) {
      this.#fail(
        error instanceof CallError ? error.failure : { code: 'internal', message: texts.unexpected, issues: [] },
      )
    }
  }

  pause = () => this.#ask('run.pause')
  resume = () => this.#ask('run.resume')
  async stop(): Promise<void> {
    const before = this.phase
    this.phase = 'stopping'
    if (!(await this.#ask('run.stop')) && this.phase === 'stopping') this.phase = before
  }

  /** Whether the run can go back to before a change: the trainer keeps the latest. */
  canRewind({ number }: Mark): boolean {
    return this.phase !== 'stopping' && this.phase !== 'failed' && number > (this.marks.at(-1)?.number ?? 0) - keptMarks
  }

  async rewind({ number }: Mark): Promise<void> {
    await notices.attempt(client.call('run.rewind', { mark: number }))
  }

  /** Sends those live settings of the document that the trainer does not have yet. */
  sendLive(settings: readonly LiveSpec[]): void {
    if (this.phase !== 'running' && this.phase !== 'paused') return
    for (const { name, value } of settings) {
      const sent = this.#sent.get(name)
      if (sent === undefined || sent === value) continue
      this.#sent.set(name, value)
      if (sent === null) continue
      void notices.attempt(client.call('run.setLive', { name, value }))
    }
  }

  /** Takes what the run tells, in its order; what came together is drawn together. */
  receive(messages: readonly RunMessage[]): void {
    // A page that was reloaded finds its run going on.
    if (this.phase === 'none' && messages.length > 0) this.phase = 'running'
    let epochs: readonly EpochMessage[] = this.epochs
    let fresh: EpochMessage[] = []
    for (const message of messages) {
      if (message.type === 'epoch') fresh.push(message)
      else this.#take(message)
      if (message.type !== 'rewound') continue
      epochs = [...epochs, ...fresh].filter(({ epoch }) => epoch < message.epoch)
      fresh = []
    }
    this.epochs = fresh.length > 0 ? [...epochs, ...fresh] : epochs
  }

  /** Takes over a run that began before this page: all it has told, from its start on. */
  replay(project: Project, messages: readonly RunMessage[]): void {
    this.clear()
    this.project = project
    this.receive(messages)
  }

  #take(message: Exclude<RunMessage, EpochMessage>): void {
    if (message.type === 'started') this.#begin(message.run)
    else if (message.type === 'progress') this.progress = message
    else if (message.type === 'live') this.#mark(message)
    else if (message.type === 'rewound') this.#goBack(message)
    else if (message.type === 'paused') this.phase = 'paused'
    else if (message.type === 'resumed') this.phase = 'running'
    else if (message.type === 'ended') this.#end(message)
    else this.#fail(message.error)
  }

  /** The answer of `run.start` and the message `started` say the same; whichever comes first counts. */
  #begin(info: RunInfo): void {
    if (this.info?.id === info.id) return
    this.info = info
    for (const { message } of info.warnings ?? []) notices.show('refused', message)
    const goesBack = this.phase === 'ended'
    if (this.phase === 'starting' || this.phase === 'none' || goesBack) this.phase = 'running'
    this.ended = null
    if (goesBack) return
    this.#confirmed = new Map(info.live.map(({ name, value }) => [name, value]))
    this.#sent = new Map(this.#confirmed)
    const scheduled = Object.keys(this.project?.training.schedules ?? {})
    for (const { name } of scheduled.flatMap((each) => liveSettings(info.live, each))) this.#sent.set(name, null)
  }

  /** Forgets what was told of the way that the run did not go in the end; its epochs are forgotten in their order. */
  #goBack({ mark, live }: Extract<RunMessage, { type: 'rewound' }>): void {
    this.marks = this.marks.filter(({ number }) => number < mark)
    this.takenBack = Object.entries(live).flatMap(([name, to]) => {
      const from = this.#confirmed.get(name)
      this.#confirmed.set(name, to)
      if (from === undefined || from === to || this.#sent.get(name) !== from) return []
      this.#sent.set(name, to)
      return [{ name, from, to }]
    })
  }

  #mark({ name, value, epoch, step, mark }: Extract<RunMessage, { type: 'live' }>): void {
    const from = this.#confirmed.get(name) ?? value
    this.#confirmed.set(name, value)
    if (from === value || !this.info) return
    const at = Math.max(epoch - 1, 0) + step / Math.max(this.info.stepsPerEpoch, 1)
    const now = performance.now()
    const previous = this.marks.at(-1)
    const goesOn = previous !== undefined && value - from > 0 === previous.to - previous.from > 0
    if (previous?.name === name && goesOn && (mark === previous.number || now - this.#lastMark < drag)) {
      this.marks = [...this.marks.slice(0, -1), { ...previous, to: value }]
    } else {
      this.marks = [...this.marks, { at, name, from, to: value, number: mark }]
    }
    this.#lastMark = now
  }

  #end(message: Ended): void {
    this.ended = message
    this.phase = 'ended'
    this.progress = null
  }

  #fail(failure: Failure): void {
    this.failure = failure
    this.phase = 'failed'
    this.progress = null
    if (failure.issues.length > 0) layout.show('problems')
    notices.show('failed', failure.message)
  }

  async #ask(route: Extract<RouteName, 'run.pause' | 'run.resume' | 'run.stop'>): Promise<boolean> {
    return (await notices.attempt(client.call(route, null).then(() => true))) ?? false
  }
}

export const run = new RunState()
