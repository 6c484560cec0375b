/** The trainer as a child process of Node. */
import { fork } from 'node:child_process'
import type { TrainerProcess } from '#shared/trainer.ts'
import { installation } from '#main/files/installation.ts'

/** Starts a trainer; typed arrays survive the way to it and back. */
export function startTrainerProcess(): TrainerProcess {
  const child = fork(installation.trainer, [installation.data], {
    serialization: 'advanced',
    // Its words go to the terminal's error stream: standard output belongs to the command that started it.
    stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
  })
  return {
    post(message) {
      // A process that has just ended is told of by onExit; that it can't be written to is no news then.
      if (typeof message === 'object' && message !== null) child.send(message, () => undefined)
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.on('exit', listener),
    kill: () => void child.kill('SIGKILL'),
  }
}
