/** The one action that fills the run's empty views. */
import { run } from '../state/run.svelte.ts'
import { texts } from '../texts.ts'
import { trainRefusal } from './refusals.ts'

export const trainAction = () => ({ label: texts.commands.train, off: trainRefusal(), run: () => void run.start() })
