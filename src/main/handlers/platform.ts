/** What the handlers need of the shell they run in. */
import type { AppEvent } from '#shared/routes.ts'
import type { Reach } from '#main/files/reach.ts'
import type { TrainerClient } from '#main/trainer/client.ts'

/** Asks the person for a file; null when they thought better of it. Paths are absolute. */
export interface Dialogs {
  openProject(): Promise<string | null>
  saveProject(suggested: string): Promise<string | null>
  openData(): Promise<string | null>
  saveModel(suggested: string): Promise<string | null>
}

export interface Platform {
  readonly shell: 'electron' | 'browser'
  /** The person's own folder for runs and the list of recent projects. */
  readonly home: string
  /** Samples and their data, as they ship with Espalier. */
  readonly resources: string
  /** Where projects without a file of their own live, and where a shell without dialogs puts new files. */
  readonly folder: string
  /** Where tables handed over by content are kept. */
  readonly uploads: string
  readonly reach: Reach
  /** Null where the shell has none. */
  readonly dialogs: Dialogs | null
  readonly trainer: Pick<TrainerClient, 'call' | 'onRun'>
  /** Hands an event to every window or page. */
  send(event: AppEvent): void
}
