import { describe, expect, test, vi } from 'vitest'
import { IssueError } from '#engine/project/project.ts'
import { createHandlers } from '#main/handlers/index.ts'
import { createClient } from '#shared/client.ts'
import { invoke } from '#shared/dispatch.ts'
import { CallError } from '#shared/result.ts'
import { type Bridge, type Handlers, routes } from '#shared/routes.ts'
import { project } from './project.ts'
import { createStandInShell } from './stand-ins.ts'

async function handlersWith(changes: Partial<Handlers>): Promise<Handlers> {
  return { ...createHandlers((await createStandInShell()).platform), ...changes }
}

const throwing = (error: unknown) => ({ 'run.pause': () => Promise.reject(error) })

describe('a call by name', () => {
  test('answers a Result with the value', async () => {
    const handlers = await handlersWith({})
    expect(await invoke(handlers, 'data.choose', null)).toEqual({ ok: true, value: null })
  })

  test.each(['nothing', 'constructor', '__proto__', 'toString', ''])('that does not exist fails: %j', async (name) => {
    expect(await invoke(await handlersWith({}), name, null)).toMatchObject({ ok: false, error: { code: 'internal' } })
  })

  test.each(Object.keys(routes))('%s refuses input that is not its own, without calling its handler', async (name) => {
    const handler = vi.fn()
    const result = await invoke(await handlersWith({ [name]: handler }), name, { not: 'this' })
    expect(result).toMatchObject({ ok: false, error: { code: 'invalid' } })
    expect(handler).not.toHaveBeenCalled()
  })

  test('names the place where its input is wrong', async () => {
    const wrong = { path: null, project: { ...project, training: { ...project.training, epochs: 'many' } } }
    const result = await invoke(await handlersWith({}), 'project.save', wrong)
    expect(result).toMatchObject({
      error: { message: expect.stringContaining('project/training/epochs: ') },
    })
  })

  test('with an answer that breaks the contract is a defect, not an answer', async () => {
    const handlers = await handlersWith({ 'run.pause': () => Promise.resolve(JSON.parse('1')) })
    expect(await invoke(handlers, 'run.pause', null)).toMatchObject({ ok: false, error: { code: 'internal' } })
  })

  test('tells a CallError, an IssueError and a defect apart', async () => {
    const issue = { severity: 'error', path: 'graph/dense1', message: 'dense1 needs an input.' } as const
    const failureOf = async (error: unknown) => invoke(await handlersWith(throwing(error)), 'run.pause', null)
    expect(await failureOf(new CallError('busy', 'Not now.'))).toEqual({
      ok: false,
      error: { code: 'busy', message: 'Not now.', issues: [] },
    })
    expect(await failureOf(new IssueError(issue))).toEqual({
      ok: false,
      error: { code: 'invalid', message: 'dense1 needs an input.', issues: [issue] },
    })
    expect(await failureOf(new TypeError('x is undefined'))).toMatchObject({ error: { code: 'internal' } })
    expect(await failureOf('just text')).toMatchObject({ error: { code: 'internal', message: 'just text' } })
  })
})

describe("the workbench's client", () => {
  const bridgeThatSays = (result: unknown): Bridge => ({
    invoke: () => Promise.resolve(result),
    on: () => () => undefined,
  })

  test('gives the value of a good answer', async () => {
    const value = { source: 'a.csv' }
    const client = createClient(bridgeThatSays({ ok: true, value }))
    expect(await client.call('data.choose', null)).toEqual(value)
  })

  test('throws a Failure as the CallError it was', async () => {
    const error = { code: 'busy', message: 'A run is on.', issues: [] }
    const client = createClient(bridgeThatSays({ ok: false, error }))
    await expect(client.call('run.pause', null)).rejects.toMatchObject({ name: 'CallError', failure: error })
  })

  test.each([undefined, null, 'ok', {}, { ok: true }, { ok: true, value: { source: 1 } }, { ok: false, error: {} }])(
    'does not believe %j',
    async (answer) => {
      const client = createClient(bridgeThatSays(answer))
      await expect(client.call('data.choose', null)).rejects.toMatchObject({ failure: { code: 'internal' } })
    },
  )

  test('hears events that fit the contract until it stops listening, and throws the others', () => {
    const listeners = new Set<(event: unknown) => void>()
    const client = createClient({
      invoke: () => Promise.resolve(null),
      on(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    })
    const heard = vi.fn()
    const stop = client.on(heard)
    const [tell] = listeners
    tell?.({ event: 'command', name: 'save' })
    expect(heard).toHaveBeenCalledWith({ event: 'command', name: 'save' })
    expect(() => tell?.({ event: 'command', name: 'format the disk' })).toThrow('malformed')
    expect(heard).toHaveBeenCalledOnce()
    stop()
    expect(listeners.size).toBe(0)
  })
})
