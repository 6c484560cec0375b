/** The workbench's end of the contract: typed calls over whichever bridge the shell offers. */
import * as v from 'valibot'
import { mismatch } from './failure.ts'
import { CallError, failureSchema } from './result.ts'
import {
  type AppEvent,
  type Bridge,
  eventSchema,
  type RouteInput,
  type RouteName,
  type RouteOutput,
  routes,
} from './routes.ts'

const resultSchema = v.variant('ok', [
  v.strictObject({ ok: v.literal(true), value: v.unknown() }),
  v.strictObject({ ok: v.literal(false), error: failureSchema }),
])

export interface Client {
  /** Calls a route; throws a CallError when it fails or its answer is not what the contract promises. */
  call<R extends RouteName>(route: R, input: RouteInput<R>): Promise<RouteOutput<R>>
  /** Calls back with every event; one that does not fit the contract is thrown. Returns how to stop. */
  on(listener: (event: AppEvent) => void): () => void
}

/** A client over a bridge: everything that arrives is checked before it is believed. */
export function createClient(bridge: Bridge): Client {
  return {
    async call<R extends RouteName>(route: R, input: RouteInput<R>): Promise<RouteOutput<R>> {
      const result = await bridge.invoke(route, input)
      if (!v.is(resultSchema, result)) {
        throw new CallError('internal', `The call ${route} came back malformed: ${mismatch(resultSchema, result)}.`)
      }
      if (!result.ok) throw new CallError(result.error.code, result.error.message, result.error.issues)
      const promised: (typeof routes)[R]['output'] = routes[route].output
      if (!v.is(promised, result.value)) {
        throw new CallError(
          'internal',
          `The call ${route} has a malformed answer: ${mismatch(promised, result.value)}.`,
        )
      }
      return result.value
    },
    on(listener) {
      return bridge.on((event) => {
        if (!v.is(eventSchema, event)) {
          throw new CallError('internal', `An event came malformed: ${mismatch(eventSchema, event)}.`)
        }
        listener(event)
      })
    },
  }
}
