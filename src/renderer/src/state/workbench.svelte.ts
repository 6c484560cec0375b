/** The workbench as a whole: the shell it runs in, what can be opened, which dialog is up. */
import type { Project } from '#engine/project/project.ts'
import type { RouteOutput } from '#shared/routes.ts'
import { texts } from '../texts.ts'
import { client } from './client.ts'
import { documentState } from './document.svelte.ts'
import { notices } from './notices.svelte.ts'
import { run } from './run.svelte.ts'
import { selection } from './selection.svelte.ts'
import { view } from './view.svelte.ts'

type Dialog = 'open' | 'new' | 'export' | 'commands' | 'insert' | 'connect' | 'discard'

class WorkbenchState {
  info = $state.raw<RouteOutput<'app.info'> | null>(null)
  samples = $state.raw<RouteOutput<'samples.list'>>([])
  dialog = $state<Dialog | null>(null)
  /** What was going to be opened when unsaved changes came in the way. */
  #waiting: (() => Promise<void>) | null = null

  /** Asks the shell about itself, and opens the run that was going on, else the first sample, so that there is something to train. */
  async begin(): Promise<void> {
    const [info, samples, latest] = await Promise.all([
      notices.attempt(client.call('app.info', null)),
      notices.attempt(client.call('samples.list', null)),
      notices.attempt(client.call('run.latest', null)),
    ])
    this.info = info
    this.samples = samples ?? []
    if (latest) {
      this.#take(latest.project, latest.path)
      run.replay(latest.project, latest.messages)
    }
    const [first] = this.samples
    if (first && !documentState.project) await this.#openSample(first.id)
  }

  openSample = (id: string): Promise<void> => this.#unlessDirty(() => this.#openSample(id))

  /** Opens a project that has no file yet. */
  openNew = (project: Project): Promise<void> =>
    this.#unlessDirty(() => {
      this.#take(project, null)
      return Promise.resolve()
    })

  /** Opens a project file; without a path the shell asks which. */
  openFile = (path: string | null): Promise<void> =>
    this.#unlessDirty(async () => {
      this.#bring(await notices.attempt(client.call('project.open', { path })))
    })

  /** Opens a model of another program, handed over by content. */
  importModel = (name: string, base64: string): Promise<void> =>
    this.#unlessDirty(async () => {
      this.#bring(await notices.attempt(client.call('project.import', { name, base64 })))
    })

  /** Where the shell has dialogs of its own they ask; else the workbench shows what is within reach. */
  askOpen = (): void => {
    this.dialog = 'open'
  }

  save = (): Promise<boolean> => this.#write(documentState.path)

  /** Saves under a new name: the shell asks for it, or makes one from the project's name. */
  saveAs = (): Promise<boolean> => this.#write(null)

  async #write(path: string | null): Promise<boolean> {
    const { project } = documentState
    if (!project) return false
    const saved = await notices.attempt(client.call('project.save', { path, project }))
    if (!saved) return false
    documentState.markSaved(project, saved.project, saved.path)
    notices.show('done', texts.save.done(saved.path))
    return true
  }

  /** Goes on with what unsaved changes held up. */
  goOn = async (save: boolean): Promise<void> => {
    const next = this.#waiting
    this.dialog = null
    if (save && !(await this.save())) return
    this.#waiting = null
    await next?.()
  }

  async #unlessDirty(open: () => Promise<void>): Promise<void> {
    this.dialog = null
    if (run.isOn) return notices.show('refused', `${texts.commands.open}: ${texts.open.whileOn}.`)
    if (!documentState.isDirty) return open()
    this.#waiting = open
    this.dialog = 'discard'
  }

  async #openSample(id: string): Promise<void> {
    const opened = await notices.attempt(client.call('samples.open', { id }))
    if (opened) this.#take(opened.project, opened.path)
  }

  #bring(opened: RouteOutput<'project.open'>): void {
    if (!opened) return
    this.#take(opened.project, opened.path)
    for (const { message } of opened.warnings ?? []) notices.show('refused', message)
  }

  #take(project: Project, path: string | null): void {
    run.clear()
    selection.clear()
    documentState.open(project, path)
    view.open([])
  }
}

export const workbench = new WorkbenchState()
