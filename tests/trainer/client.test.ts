import { describe, expect, test, vi } from 'vitest'
import { createTrainerClient } from '#main/trainer/client.ts'
import type { RunMessage } from '#shared/run.ts'
import { type TrainerProcess, trainerRequestSchema } from '#shared/trainer.ts'
import * as v from 'valibot'

/** A process that does what a test tells it to. */
class FakeProcess implements TrainerProcess {
  readonly asked: v.InferOutput<typeof trainerRequestSchema>[] = []
  killed = false
  #say: (message: unknown) => void = () => undefined
  #exit: (code: number | null) => void = () => undefined

  post(message: unknown): void {
    this.asked.push(v.parse(trainerRequestSchema, message))
  }
  onMessage(listener: (message: unknown) => void): void {
    this.#say = listener
  }
  onExit(listener: (code: number | null) => void): void {
    this.#exit = listener
  }
  kill(): void {
    this.killed = true
    this.#exit(null)
  }
  say(message: unknown): void {
    this.#say(message)
  }
  exit(code: number): void {
    this.#exit(code)
  }
  /** Answers the last request. */
  answer(value: unknown): void {
    this.#say({ type: 'value', id: this.asked.at(-1)?.id, value })
  }
}

function clientOfFakes(patience?: number) {
  const processes: FakeProcess[] = []
  const client = createTrainerClient(
    () => {
      const made = new FakeProcess()
      processes.push(made)
      return made
    },
    patience === undefined ? {} : { patience },
  )
  const told: RunMessage[] = []
  client.onRun((message) => told.push(message))
  const process = (index: number): FakeProcess => {
    const made = processes[index]
    if (!made) throw new Error(`process ${index} was not started`)
    return made
  }
  return { client, process, told, processes }
}

const started: RunMessage = {
  type: 'started',
  run: {
    id: 'r',
    epochs: 1,
    stepsPerEpoch: 1,
    rows: { train: 1, validation: 0 },
    parameters: 1,
    penalties: [],
    metrics: [],
    live: [],
    startEpoch: 0,
  },
}

describe('the client', () => {
  test('starts the process with the first call and pairs answers with calls', async () => {
    const { client, process, processes } = clientOfFakes()
    expect(processes).toHaveLength(0)
    const pause = client.call('run.pause', null)
    process(0).answer(null)
    expect(await pause).toBeNull()
    expect(process(0).asked[0]).toEqual({ id: 1, command: 'run.pause', input: null })
  })

  test('throws what the trainer answers as an error', async () => {
    const { client, process } = clientOfFakes()
    const pause = client.call('run.pause', null)
    process(0).say({ type: 'error', id: 1, error: { code: 'busy', message: 'No run is going.', issues: [] } })
    await expect(pause).rejects.toMatchObject({ failure: { code: 'busy', message: 'No run is going.' } })
  })

  test('does not believe an answer that is not what the command promises', async () => {
    const { client, process } = clientOfFakes()
    const pause = client.call('run.pause', null)
    process(0).answer({ surprise: true })
    await expect(pause).rejects.toMatchObject({ failure: { code: 'internal' } })
  })

  test('a crash rejects the calls that wait, fails the run, and the next call starts anew', async () => {
    const { client, process, told, processes } = clientOfFakes()
    const stop = client.call('run.stop', null)
    process(0).say({ type: 'run', message: started })
    process(0).exit(134)
    await expect(stop).rejects.toMatchObject({ failure: { code: 'crashed' } })
    expect(told.at(-1)).toMatchObject({ type: 'failed', error: { code: 'crashed' } })
    const again = client.call('run.pause', null)
    process(1).answer(null)
    await again
    expect(processes).toHaveLength(2)
  })

  test('a process that ends with no run going fails no run', () => {
    const { client, process, told } = clientOfFakes()
    client.call('run.pause', null).catch(() => undefined)
    process(0).exit(1)
    expect(told).toEqual([])
  })

  test('kills a trainer that does not stop in time', async () => {
    vi.useFakeTimers()
    const { client, process } = clientOfFakes(1000)
    const stop = client.call('run.stop', null)
    const rejected = expect(stop).rejects.toMatchObject({ failure: { code: 'crashed' } })
    vi.advanceTimersByTime(1001)
    await rejected
    expect(process(0).killed).toBe(true)
    vi.useRealTimers()
  })

  test('closing ends the process and says nothing', () => {
    const { client, process, told } = clientOfFakes()
    client.call('run.pause', null).catch(() => undefined)
    process(0).say({ type: 'run', message: started })
    client.close()
    expect(process(0).killed).toBe(true)
    expect(told).toEqual([started])
  })
})
