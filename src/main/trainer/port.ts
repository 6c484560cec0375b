/** The trainer's end of its protocol: requests by id, each checked on the way in and on the way out. */
import * as v from 'valibot'
import { failureOf, mismatch } from '#shared/failure.ts'
import { CallError } from '#shared/result.ts'
import type { RunMessage } from '#shared/run.ts'
import {
  type TrainerCommand,
  trainerCommands,
  type TrainerHandlers,
  type TrainerOutput,
  trainerRequestSchema,
} from '#shared/trainer.ts'

/** A line to the process that started this one. */
export interface Port {
  post(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
}

const isCommand = (name: string): name is TrainerCommand => Object.hasOwn(trainerCommands, name)

async function answer<C extends TrainerCommand>(
  handlers: TrainerHandlers,
  name: C,
  input: unknown,
): Promise<TrainerOutput<C>> {
  const command = trainerCommands[name]
  const expected: (typeof trainerCommands)[C]['input'] = command.input
  if (!v.is(expected, input)) {
    throw new CallError('invalid', `The trainer's ${name} does not understand its input: ${mismatch(expected, input)}.`)
  }
  const output = await handlers[name](input)
  const promised: (typeof trainerCommands)[C]['output'] = command.output
  if (!v.is(promised, output)) {
    throw new CallError('internal', `The trainer's ${name} has a malformed answer: ${mismatch(promised, output)}.`)
  }
  return output
}

/** Answers every request that comes in; a message that is no request has no sender to tell and ends in a throw. */
export function serve(port: Port, createHandlers: (tell: (message: RunMessage) => void) => TrainerHandlers): void {
  const handlers = createHandlers((message) => port.post({ type: 'run', message }))
  port.onMessage((message) => {
    const { id, command, input } = v.parse(trainerRequestSchema, message)
    const reply = isCommand(command)
      ? answer(handlers, command, input)
      : Promise.reject(new CallError('internal', `The trainer has no command named "${command}".`))
    reply.then(
      (value) => port.post({ type: 'value', id, value }),
      (error: unknown) => port.post({ type: 'error', id, error: failureOf(error) }),
    )
  })
}
