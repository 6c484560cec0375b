/** The child's end of the line protocol of participant.ts, for participants written in TypeScript. */
import { createInterface } from 'node:readline'
import type { Setup, Work } from './participant.ts'

export interface Trained {
  readonly description: string
  /** Trains one epoch or a part of one; gives the number of steps. */
  train(): Promise<number>
}

/** Answers the questions on the standard input until it ends; `prepare` builds the model and makes its first steps. */
export async function takeTurns(prepare: (setup: Setup) => Promise<Trained>): Promise<void> {
  const lines = createInterface(process.stdin)[Symbol.asyncIterator]()
  const say = (answer: { readonly ready: string } | Work): void => console.log(JSON.stringify(answer))
  const first = await lines.next()
  if (first.done) return
  const { description, train } = await prepare(JSON.parse(first.value) as Setup)
  say({ ready: description })
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    const wanted = Number(line.value)
    const started = performance.now()
    let steps = 0
    let seconds = 0
    while (seconds < wanted) {
      steps += await train()
      seconds = (performance.now() - started) / 1000
    }
    say({ steps, seconds, overheadSeconds: null })
  }
}
