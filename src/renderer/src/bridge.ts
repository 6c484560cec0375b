/** How the workbench reaches the native side: the preload's bridge in Electron, a WebSocket in a browser. */
import * as v from 'valibot'
import { CallError } from '#shared/result.ts'
import type { Bridge } from '#shared/routes.ts'
import { texts } from './texts.ts'

declare global {
  interface Window {
    readonly espalier?: Bridge
  }
}

/** `onLost` is told when the native side is gone for good. */
export const bridgeHere = (onLost: () => void): Bridge => window.espalier ?? webSocketBridge(onLost)

const replySchema = v.object({ id: v.number(), result: v.unknown() })
const eventSchema = v.object({ event: v.unknown() })
const tokenKey = 'espalier.token'

/** The token of the address's fragment, taken out of the address bar at once and kept for reloads of this tab. */
function takeToken(): string {
  const given = new URLSearchParams(location.hash.slice(1)).get('token')
  if (given) {
    sessionStorage.setItem(tokenKey, given)
    history.replaceState(null, '', location.pathname + location.search)
  }
  return given ?? sessionStorage.getItem(tokenKey) ?? ''
}

/** Questions are numbered; answers carry the number, events carry none. */
function webSocketBridge(onLost: () => void): Bridge {
  const address = new URL('/', location.href)
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new WebSocket(address, `espalier.${takeToken()}`)
  const listeners = new Set<(event: unknown) => void>()
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  let next = 1
  const opened = new Promise<void>((resolve) => socket.addEventListener('open', () => resolve(), { once: true }))

  socket.addEventListener('message', ({ data }) => {
    const message: unknown = JSON.parse(String(data))
    const reply = v.safeParse(replySchema, message)
    if (reply.success) {
      waiting.get(reply.output.id)?.resolve(reply.output.result)
      waiting.delete(reply.output.id)
      return
    }
    const event = v.safeParse(eventSchema, message)
    if (event.success) for (const listener of listeners) listener(event.output.event)
  })
  socket.addEventListener('close', () => {
    const error = new CallError('internal', texts.disconnected)
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
    onLost()
  })

  return {
    async invoke(route, input) {
      if (socket.readyState > WebSocket.OPEN) throw new CallError('internal', texts.disconnected)
      const id = next++
      const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
      await Promise.race([opened, answer])
      socket.send(JSON.stringify({ id, route, input }))
      return answer
    },
    on(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
