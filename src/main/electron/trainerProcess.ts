/** The trainer as an Electron utility process: its own process, whose end costs no window. */
import { utilityProcess } from 'electron'
import type { TrainerProcess } from '#shared/trainer.ts'
import { installation } from '#main/files/installation.ts'

/** Starts a trainer; only after the app is ready. */
export function startTrainerProcess(): TrainerProcess {
  const child = utilityProcess.fork(installation.trainer, [installation.data], {
    serviceName: 'Espalier trainer',
    stdio: 'inherit',
  })
  return {
    post: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.on('exit', listener),
    kill: () => void child.kill(),
  }
}
