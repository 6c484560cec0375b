/** The trainer's process as the shells start it, on one thread: what it finds is the same on every machine with any load. */
import { serve } from '#main/trainer/port.ts'
import { createTrainer } from '#main/trainer/trainer.ts'

process.on('disconnect', () => process.exit())
serve(
  {
    // A message that no longer reaches anyone is followed by the disconnect.
    post: (message) => void process.send?.(message, undefined, undefined, () => undefined),
    onMessage: (listener) => void process.on('message', listener),
  },
  (tell) => createTrainer({ samples: process.argv[2] ?? '', session: { threads: 1 }, tell }),
)
