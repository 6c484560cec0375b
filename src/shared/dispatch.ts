/** The native end of the contract: a call by name, checked on the way in and on the way out. */
import * as v from 'valibot'
import { failureOf, mismatch } from './failure.ts'
import { CallError, type Result } from './result.ts'
import { type Handlers, type RouteName, type RouteOutput, routes } from './routes.ts'

const isRoute = (name: string): name is RouteName => Object.hasOwn(routes, name)

async function answer<R extends RouteName>(handlers: Handlers, name: R, input: unknown): Promise<RouteOutput<R>> {
  const route = routes[name]
  const expected: (typeof routes)[R]['input'] = route.input
  if (!v.is(expected, input)) {
    throw new CallError('invalid', `The call ${name} does not understand its input: ${mismatch(expected, input)}.`)
  }
  const output = await handlers[name](input)
  const promised: (typeof routes)[R]['output'] = route.output
  if (!v.is(promised, output)) {
    throw new CallError('internal', `The call ${name} has a malformed answer: ${mismatch(promised, output)}.`)
  }
  return output
}

/** Calls the handler of a route; whatever happens comes back as a Result, nothing is thrown. */
export async function invoke(handlers: Handlers, route: string, input: unknown): Promise<Result<unknown>> {
  try {
    if (!isRoute(route)) throw new CallError('internal', `There is no call named "${route}".`)
    return { ok: true, value: await answer(handlers, route, input) }
  } catch (error) {
    return { ok: false, error: failureOf(error) }
  }
}
