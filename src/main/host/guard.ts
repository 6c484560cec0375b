/** Who may talk to the browser host: pages it served itself, holding its token. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** The WebSocket subprotocol that carries the token: the one header a page may fill in. */
const protocolPrefix = 'espalier.'

/** 256 random bits, in letters that fit into an address and into a subprotocol's name. */
export const createToken = (): string => randomBytes(32).toString('base64url')

/** Compares without telling by its time how much was right. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/**
 * Whether a request was addressed to this machine by name or number. A foreign name that resolves to 127.0.0.1
 * (DNS rebinding) would let a foreign page read the answers.
 */
export function isOwnHost({ host }: IncomingHttpHeaders, port: number): boolean {
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`
}

/** Whether a connection comes from a page that this host served: browsers always say, and pages can't lie about it. */
export function isOwnOrigin({ host, origin }: IncomingHttpHeaders): boolean {
  return host !== undefined && origin === `http://${host}`
}

/** The subprotocol that carries the token, when the request offers it; else null. */
export function offeredProtocol(headers: IncomingHttpHeaders, token: string): string | null {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim())
  return offered.find((protocol) => isSame(protocol, protocolPrefix + token)) ?? null
}
