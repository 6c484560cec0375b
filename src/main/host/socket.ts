/** One page's connection: questions in, Results and events out. */
import * as v from 'valibot'
import type { RawData, WebSocket } from 'ws'
import { invoke } from '#shared/dispatch.ts'
import { mismatch } from '#shared/failure.ts'
import { CallError, type Result } from '#shared/result.ts'
import type { AppEvent, Handlers } from '#shared/routes.ts'

/** A table of the largest size that may be uploaded, with its line breaks and quotes escaped. */
export const largestMessage = 320 * 1024 * 1024

/** A page that stopped reading is let go before its events fill the memory. */
const largestBacklog = 64 * 1024 * 1024

const questionSchema = v.strictObject({
  id: v.pipe(v.number(), v.integer()),
  route: v.string(),
  input: v.unknown(),
})

/** The number of answers to what could not be read as a question. */
const unnumbered = 0

const malformed = (message: string): Result<never> => ({
  ok: false,
  error: new CallError('invalid', message).failure,
})

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString('utf8')
}

async function answer(handlers: Handlers, text: string): Promise<{ id: number; result: Result<unknown> }> {
  let question: unknown
  try {
    question = JSON.parse(text)
  } catch {
    return { id: unnumbered, result: malformed('A message has to be JSON.') }
  }
  if (!v.is(questionSchema, question)) {
    return { id: unnumbered, result: malformed(`A message is malformed: ${mismatch(questionSchema, question)}.`) }
  }
  return { id: question.id, result: await invoke(handlers, question.route, question.input) }
}

/** Answers every message of a connection; nothing that comes over it can end the host. */
export function serveSocket(socket: WebSocket, handlers: Handlers): void {
  const send = (message: unknown): void => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  }
  socket.on('message', (data, isBinary) => {
    if (isBinary) {
      send({ id: unnumbered, result: malformed('A message has to be text.') })
      return
    }
    void answer(handlers, textOf(data)).then(send)
  })
  // A message beyond the limit, a broken frame: ws closes the connection itself after saying so here.
  socket.on('error', () => socket.terminate())
}

/** Hands an event to every connected page. */
export function broadcast(sockets: Iterable<WebSocket>, event: AppEvent): void {
  const text = JSON.stringify({ event })
  for (const socket of sockets) {
    if (socket.bufferedAmount > largestBacklog) socket.terminate()
    else if (socket.readyState === socket.OPEN) socket.send(text)
  }
}
