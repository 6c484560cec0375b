/** Espalier, the whole way: CSV, compiler, trainer process, progress messages, checkpoints. */
import { createTrainerClient } from '#main/trainer/client.ts'
import type { RunMessage } from '#shared/run.ts'
import type { TrainerProcess } from '#shared/trainer.ts'
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { cpuOf, type Participant } from './participant.ts'
import { projectOf } from './project.ts'
import type { Variant } from './variants.ts'
import { stepsOf } from './workloads.ts'

/** What the table calls it. */
export const workbenchName = 'Espalier'

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

/** `script` is the built trainer.ts of this folder; a variant takes part under its own name. */
export function workbench(script: string, variant: Variant | null = null): Participant {
  return {
    name: variant?.name ?? workbenchName,
    start: async ({ workload, folder }) => {
      const trainer = startTrainer(script)
      const client = createTrainerClient(() => trainer)
      /** Resolves when the next epoch ends: at which moment, and how long its steps took. */
      const nextEpoch = (): Promise<{ readonly now: number; readonly stepSeconds: number }> =>
        new Promise((resolve, reject) => {
          const stop = client.onRun((message: RunMessage) => {
            if (message.type !== 'epoch' && message.type !== 'ended' && message.type !== 'failed') return
            stop()
            if (message.type === 'epoch') return resolve({ now: performance.now(), stepSeconds: message.seconds })
            const why = message.type === 'failed' ? message.error.message : (message.note ?? message.reason)
            reject(new Error(`The run ended before its time: ${why}`))
          })
        })
      const firstEpoch = nextEpoch()
      await client.call('run.start', {
        folder,
        project: variant?.change(projectOf(workload)) ?? projectOf(workload),
        runFolder: join(folder, `run ${variant?.name ?? ''}`),
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
          const { now: started } = await nextEpoch()
          const before = process.cpuUsage()
          const used = cpuOf(trainer.pid)
          let wall = 0
          let epochs = 0
          let stepSeconds = 0
          while (wall < seconds) {
            const epoch = await nextEpoch()
            wall = (epoch.now - started) / 1000
            stepSeconds += epoch.stepSeconds
            epochs += 1
          }
          const { user, system } = process.cpuUsage(before)
          const cpuSeconds = used()
          await client.call('run.pause', null)
          return {
            steps: epochs * stepsOf(workload),
            seconds: wall,
            // What the trainer does between steps, and what this process does with its messages.
            overheadSeconds: wall - stepSeconds + (user + system) / 1e6,
            cpuSeconds,
          }
        },
        end: () => client.close(),
      }
    },
  }
}
