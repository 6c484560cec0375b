/** The browser shell: the workbench's pages and one WebSocket, on this machine's loopback address only. */
import { realpath } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { CallError } from '#shared/result.ts'
import { homeFolder } from '#main/files/home.ts'
import { installation } from '#main/files/installation.ts'
import { readPageFile, securityHeaders } from '#main/files/page.ts'
import { reachWithin } from '#main/files/reach.ts'
import { createHandlers } from '#main/handlers/index.ts'
import { createTrainerClient } from '#main/trainer/client.ts'
import { createToken, isOwnHost, isOwnOrigin, offeredProtocol } from './guard.ts'
import { openInBrowser } from './open.ts'
import { broadcast, largestMessage, serveSocket } from './socket.ts'
import { startTrainerProcess } from './trainerProcess.ts'

const loopback = '127.0.0.1'

export interface HostOptions {
  /** 0 takes one that is free. */
  readonly port: number
  /** The one folder whose files pages may reach. */
  readonly folder: string
  /** Whether to show the address in the person's browser. */
  readonly open: boolean
}

export interface Host {
  /** Where the workbench is; the token is in the fragment, which browsers never send. */
  readonly address: string
  /** Ends connections, the trainer and the server. */
  close(): Promise<void>
}

const refusals: Readonly<Record<number, string>> = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' }

function refuse(socket: Duplex, status: 401 | 403 | 404): void {
  socket.end(`HTTP/1.1 ${status} ${refusals[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** Waits until the server listens; a CallError when the port can't be had. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'it is taken' : error.message
      reject(new CallError('invalid', `Port ${port} cannot be used: ${why}; choose another one, or 0 for any.`))
    })
    server.listen(port, loopback, () => resolve((server.address() as AddressInfo).port))
  })
}

async function sendPage(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const file = await readPageFile(installation.renderer, pathname)
  if (!file) response.writeHead(404, securityHeaders).end()
  else response.writeHead(200, { ...securityHeaders, 'Content-Type': file.type }).end(file.body)
}

/** Starts the browser host; a CallError when the folder or the port can't be used. */
export async function serve({ port, folder, open }: HostOptions): Promise<Host> {
  const place = await realpath(folder).catch(() => {
    throw new CallError('missing', `There is no folder ${folder}.`)
  })
  const token = createToken()
  const trainer = createTrainerClient(startTrainerProcess)
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: largestMessage,
    handleProtocols: (_offered, request) => offeredProtocol(request.headers, token) ?? false,
  })
  const handlers = createHandlers({
    shell: 'browser',
    home: homeFolder(),
    resources: installation.resources,
    folder: place,
    uploads: place,
    reach: await reachWithin(place),
    dialogs: null,
    trainer,
    send: (event) => broadcast(sockets.clients, event),
  })
  sockets.on('connection', (socket) => serveSocket(socket, handlers))

  let ownPort = 0
  const server = createServer((request, response) => {
    if (!isOwnHost(request.headers, ownPort)) response.writeHead(403, securityHeaders).end()
    else if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405, securityHeaders).end()
    else sendPage(request, response).catch(() => response.writeHead(500, securityHeaders).end())
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (!isOwnHost(request.headers, ownPort) || !isOwnOrigin(request.headers)) refuse(socket, 403)
    else if (request.url !== '/') refuse(socket, 404)
    else if (offeredProtocol(request.headers, token) === null) refuse(socket, 401)
    else sockets.handleUpgrade(request, socket, head, (page) => sockets.emit('connection', page, request))
  })
  ownPort = await listen(server, port)

  const address = `http://${loopback}:${ownPort}/#token=${token}`
  if (open) openInBrowser(address)
  return {
    address,
    async close() {
      for (const socket of sockets.clients) socket.terminate()
      trainer.close()
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
