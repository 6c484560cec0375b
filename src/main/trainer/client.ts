/** A shell's end of the trainer's protocol: typed calls, the run's messages, and a new process after a crash. */
import * as v from 'valibot'
import { mismatch } from '#shared/failure.ts'
import { CallError, type Failure } from '#shared/result.ts'
import type { RunMessage } from '#shared/run.ts'
import {
  type TrainerCommand,
  trainerCommands,
  type TrainerInput,
  type TrainerOutput,
  type TrainerProcess,
  trainerReplySchema,
} from '#shared/trainer.ts'

export interface TrainerClient {
  /** Calls a command, starting the process when there is none; throws a CallError when it fails. */
  call<C extends TrainerCommand>(command: C, input: TrainerInput<C>): Promise<TrainerOutput<C>>
  /** Calls back with every message of the run; returns how to stop. */
  onRun(listener: (message: RunMessage) => void): () => void
  /** Ends the process for good. A run that is to be kept has to be stopped first. */
  close(): void
}

export interface TrainerClientOptions {
  /** How long pausing and stopping may take, ms, before the process is taken for stuck and killed. */
  readonly patience?: number
}

/** Commands that a working trainer answers after the slice that is going on and a checkpoint. */
const promptCommands: ReadonlySet<TrainerCommand> = new Set(['run.pause', 'run.stop', 'run.setLive', 'run.resume'])

interface Pending {
  readonly settle: (value: unknown) => void
  readonly reject: (error: CallError) => void
  readonly timer: NodeJS.Timeout | null
}

/** One process and the calls that wait for it. */
interface Connection {
  readonly process: TrainerProcess
  readonly pending: Map<number, Pending>
  /** A run was started and has not said that it ended. */
  running: boolean
}

/**
 * A client that starts the trainer when it is first needed and anew after a crash. A crash rejects the calls that wait
 * with the code `crashed`, and a run that was going gets a `failed` message.
 */
export function createTrainerClient(start: () => TrainerProcess, options: TrainerClientOptions = {}): TrainerClient {
  const { patience = 60_000 } = options
  const listeners = new Set<(message: RunMessage) => void>()
  let connection: Connection | null = null
  let closed = false
  let lastId = 0

  const tell = (message: RunMessage): void => {
    for (const listener of listeners) listener(message)
  }

  const take = (from: Connection, id: number): Pending | undefined => {
    const pending = from.pending.get(id)
    from.pending.delete(id)
    if (pending?.timer) clearTimeout(pending.timer)
    return pending
  }

  const receive = (from: Connection, message: unknown): void => {
    if (!v.is(trainerReplySchema, message)) {
      throw new CallError('internal', `The trainer said something malformed: ${mismatch(trainerReplySchema, message)}.`)
    }
    switch (message.type) {
      case 'run':
        if (message.message.type === 'started') from.running = true
        if (message.message.type === 'ended' || message.message.type === 'failed') from.running = false
        return tell(message.message)
      case 'value':
        return take(from, message.id)?.settle(message.value)
      case 'error': {
        const { code, message: sentence, issues } = message.error
        return take(from, message.id)?.reject(new CallError(code, sentence, issues))
      }
    }
  }

  const lose = (from: Connection, code: number | null): void => {
    if (connection === from) connection = null
    const how = code === null ? '' : ` (exit code ${code})`
    const failure: Failure = {
      code: 'crashed',
      message: `The trainer's process ended unexpectedly${how}; the run goes on from its last checkpoint when it is started again.`,
      issues: [],
    }
    for (const id of [...from.pending.keys()]) take(from, id)?.reject(new CallError(failure.code, failure.message))
    if (from.running && !closed) tell({ type: 'failed', error: failure })
    from.running = false
  }

  const connect = (): Connection => {
    if (connection) return connection
    const made: Connection = { process: start(), pending: new Map(), running: false }
    made.process.onMessage((message) => receive(made, message))
    made.process.onExit((code) => lose(made, code))
    connection = made
    return made
  }

  return {
    async call<C extends TrainerCommand>(command: C, input: TrainerInput<C>): Promise<TrainerOutput<C>> {
      if (closed) throw new CallError('busy', 'Espalier is closing.')
      const to = connect()
      const id = ++lastId
      const value = await new Promise<unknown>((settle, reject) => {
        const timer = promptCommands.has(command) ? setTimeout(() => to.process.kill(), patience) : null
        to.pending.set(id, { settle, reject, timer })
        to.process.post({ id, command, input })
      })
      const promised: (typeof trainerCommands)[C]['output'] = trainerCommands[command].output
      if (!v.is(promised, value)) {
        throw new CallError(
          'internal',
          `The trainer's ${command} has a malformed answer: ${mismatch(promised, value)}.`,
        )
      }
      return value
    },
    onRun(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      closed = true
      connection?.process.kill()
    },
  }
}
