/** Espalier, the whole way: CSV, compiler, trainer process, progress messages, checkpoints. */
import { createTrainerClient } from '#main/trainer/client.ts'
import type { RunMessage } from '#shared/run.ts'
import type { TrainerProcess } from '#shared/trainer.ts'
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { Participant } from './participant.ts'
import { projectOf } from './project.ts'
import { stepsOf } from './workloads.ts'

function startTrainer(script: string): TrainerProcess & { readonly pid: number } {
  const child = fork(script, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  if (child.pid === undefined) throw new Error(`${script} cannot be started.`)
  return {
    pid: child.pid,
    post: (message) => void child.send(message as never),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.on('exit', listener),
    kill: () => void child.kill('SIGKILL'),
  }
}

/** `script` is the built trainer.ts of this folder. */
export function workbench(script: string): Participant {
  return {
    name: 'Espalier',
    start: async ({ workload, folder }) => {
      const trainer = startTrainer(script)
      const client = createTrainerClient(() => trainer)
      /** Resolves with the moment at which the next epoch ends. */
      const nextEpoch = (): Promise<number> =>
        new Promise((resolve, reject) => {
          const stop = client.onRun((message: RunMessage) => {
            if (message.type !== 'epoch' && message.type !== 'ended' && message.type !== 'failed') return
            stop()
            if (message.type === 'epoch') return resolve(performance.now())
            const why = message.type === 'failed' ? message.error.message : (message.note ?? message.reason)
            reject(new Error(`The run ended before its time: ${why}`))
          })
        })
      const firstEpoch = nextEpoch()
      await client.call('run.start', {
        folder,
        project: projectOf(workload),
        runFolder: join(folder, 'run'),
        resume: false,
      })
      await firstEpoch
      await client.call('run.pause', null)
      return {
        description: '',
        pid: trainer.pid,
        turn: async (seconds) => {
          await client.call('run.resume', null)
          // The epoch that was interrupted does not count.
          const started = await nextEpoch()
          let now = started
          let epochs = 0
          while (now - started < seconds * 1000) {
            now = await nextEpoch()
            epochs += 1
          }
          await client.call('run.pause', null)
          return { steps: epochs * stepsOf(workload), seconds: (now - started) / 1000 }
        },
        end: () => client.close(),
      }
    },
  }
}
