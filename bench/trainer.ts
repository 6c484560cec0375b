/** The trainer's process as the shells start it, with the number of threads everyone here has. */
import { serve } from '#main/trainer/port.ts'
import { createTrainer } from '#main/trainer/trainer.ts'
import { threads } from './workloads.ts'

process.on('disconnect', () => process.exit())
serve(
  {
    // A message that no longer reaches anyone is followed by the disconnect.
    post: (message) => void process.send?.(message, undefined, undefined, () => undefined),
    onMessage: (listener) => void process.on('message', listener),
  },
  (tell) => createTrainer({ samples: '', session: { threads }, tell }),
)
