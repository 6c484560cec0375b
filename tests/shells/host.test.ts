import { mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { type Host, serve } from '#main/host/index.ts'
import { temporaryFolder } from './folders.ts'
import { project } from './project.ts'

let host: Host
let folder: string
let origin: string
let port: number
let token: string

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'espalier-')))
  vi.stubEnv('ESPALIER_HOME', join(folder, '.home'))
  host = await serve({ port: 0, folder, open: false })
  const address = new URL(host.address)
  origin = address.origin
  port = Number(address.port)
  token = new URLSearchParams(address.hash.slice(1)).get('token') ?? ''
})

afterAll(async () => {
  await host.close()
  await rm(folder, { recursive: true })
  vi.unstubAllEnvs()
})

/** Status and headers of a request, with any Host header. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
      })
      asked.on('error', reject).end()
    },
  )
}

interface Knock {
  readonly origin?: string | undefined
  readonly host?: string
  readonly protocol?: string
  readonly path?: string
}

/** Opens a connection as a page would, or as it should not; gives the socket, or the status it was refused with. */
function knock({ path = '/', ...said }: Knock = {}): Promise<WebSocket | number | undefined> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, said.protocol ?? `espalier.${token}`, {
    headers: { Host: said.host ?? `127.0.0.1:${port}` },
    ...('origin' in said ? (said.origin === undefined ? {} : { origin: said.origin }) : { origin }),
  })
  onTestFinished(() => socket.terminate())
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(socket))
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
    socket.on('error', reject)
  })
}

async function connect(): Promise<WebSocket> {
  const socket = await knock()
  if (socket instanceof WebSocket) return socket
  throw new Error(`Refused with ${socket}.`)
}

/** The next message that satisfies, as parsed JSON. */
function next(socket: WebSocket, satisfies: (text: string) => boolean = () => true): Promise<unknown> {
  return new Promise((resolve) => {
    const hear = (data: { toString(): string }): void => {
      if (!satisfies(data.toString())) return
      socket.off('message', hear)
      resolve(JSON.parse(data.toString()))
    }
    socket.on('message', hear)
  })
}

let lastId = 0

/** Asks a route over a connection and gives the Result. */
async function ask(socket: WebSocket, route: string, input: unknown): Promise<unknown> {
  const id = ++lastId
  const reply = next(socket, (text) => text.startsWith(`{"id":${id},`))
  socket.send(JSON.stringify({ id, route, input }))
  return reply
}

describe('pages', () => {
  test('are served with a strict policy and no way to frame them', async () => {
    const { status, headers, body } = await get('/', { Host: `127.0.0.1:${port}` })
    expect(status).toBe(200)
    expect(body).toContain('<title>Espalier</title>')
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
  })

  test('never contain the token', async () => {
    expect(token).toHaveLength(43)
    expect((await get('/')).body).not.toContain(token)
  })

  test.each(['evil.example', `evil.example:PORT`, '127.0.0.1', '127.0.0.1:1', 'localhost.evil.example:PORT'])(
    'are refused under the foreign name %s',
    async (name) => {
      expect((await get('/', { Host: name.replace('PORT', String(port)) })).status).toBe(403)
    },
  )

  test('are found under localhost too', async () => {
    expect((await get('/', { Host: `localhost:${port}` })).status).toBe(200)
  })

  test.each([
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/.built',
    '/none.js',
    '/%',
  ])('are the only files served: not %s', async (path) => {
    expect((await get(path)).status).toBe(404)
  })

  test('are only read, never posted to', async () => {
    expect((await get('/', {}, 'POST')).status).toBe(405)
  })

  test('are on the loopback address only', async () => {
    const outer = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4')
    const reached = await new Promise((resolve) => {
      const asked = request({ host: outer?.address ?? '127.0.0.2', port }, () => resolve(true))
      asked.on('error', () => resolve(false)).end()
    })
    expect(reached).toBe(false)
  })
})

describe('a connection', () => {
  test('is made by a page of this host with its token', async () => {
    const socket = await connect()
    expect(socket.protocol).toBe(`espalier.${token}`)
    expect(await ask(socket, 'app.info', null)).toMatchObject({
      result: { ok: true, value: { shell: 'browser', folder } },
    })
  })

  test.each([
    ['without a token', 'other', 401],
    ['with an empty token', 'espalier.', 401],
    ['with the wrong token', `espalier.${'A'.repeat(43)}`, 401],
  ])('%s is refused', async (_how, protocol, status) => {
    expect(await knock({ protocol })).toBe(status)
  })

  test('with the beginning of the token, or more than the token, is refused', async () => {
    expect(await knock({ protocol: `espalier.${token.slice(0, -1)}` })).toBe(401)
    expect(await knock({ protocol: `espalier.${token}A` })).toBe(401)
  })

  test.each(['http://evil.example', 'https://127.0.0.1', 'null', 'http://127.0.0.1:1', undefined])(
    'from the foreign origin %s is refused, token or not',
    async (foreign) => {
      expect(await knock({ origin: foreign })).toBe(403)
    },
  )

  test('to a foreign host name is refused, even where the origin agrees with it', async () => {
    expect(await knock({ host: 'evil.example', origin: 'http://evil.example' })).toBe(403)
  })

  test('elsewhere than at the root is refused', async () => {
    expect(await knock({ path: '/socket' })).toBe(404)
  })
})

describe('messages', () => {
  test.each([
    'not JSON',
    '',
    'null',
    '[]',
    '1',
    '{}',
    '{"id":"1","route":"app.info","input":null}',
    '{"id":1.5,"route":"app.info","input":null}',
    '{"id":1,"route":7,"input":null}',
    '{"id":1,"route":"app.info","input":null,"extra":1}',
  ])('that are no question are answered with a Failure: %s', async (text) => {
    const socket = await connect()
    const reply = next(socket)
    socket.send(text)
    expect(await reply).toMatchObject({ id: 0, result: { ok: false, error: { code: 'invalid' } } })
    expect(await ask(socket, 'app.info', null)).toMatchObject({ result: { ok: true } })
  })

  test('of bytes are answered with a Failure', async () => {
    const socket = await connect()
    const reply = next(socket)
    socket.send(new Uint8Array([1, 2, 3]))
    expect(await reply).toMatchObject({ id: 0, result: { ok: false, error: { code: 'invalid' } } })
  })

  test('for routes that are not there, or with the wrong input, are answered with a Failure', async () => {
    const socket = await connect()
    expect(await ask(socket, '__proto__', null)).toMatchObject({ result: { ok: false, error: { code: 'internal' } } })
    expect(await ask(socket, 'project.open', { path: 5 })).toMatchObject({
      result: { ok: false, error: { code: 'invalid' } },
    })
  })

  test('with a broken frame end their own connection and no other', async () => {
    const [bad, good] = [await connect(), await connect()]
    const closed = new Promise((resolve) => bad.on('close', resolve))
    bad.on('error', () => undefined)
    // An unmasked frame with a reserved opcode: no browser sends it.
    Reflect.get(bad, '_socket').write(Buffer.from([0xff, 0x05, 1, 2, 3, 4, 5]))
    await closed
    expect(await ask(good, 'app.info', null)).toMatchObject({ result: { ok: true } })
  })
})

describe('files', () => {
  test('outside the folder are out of reach: by path, by traversal and by link', async () => {
    const outside = await temporaryFolder()
    await writeFile(join(outside, 'secret.csv'), 'a,b\n1,2\n')
    await writeFile(join(outside, 'secret.espalier'), JSON.stringify(project))
    await symlink(outside, join(folder, 'link'))
    const socket = await connect()
    const refused = {
      result: { ok: false, error: { code: 'invalid', message: expect.stringContaining('is outside') } },
    }
    for (const path of [join(outside, 'secret.espalier'), `../${outside}/secret.espalier`, 'link/secret.espalier']) {
      expect(await ask(socket, 'project.open', { path }), path).toMatchObject(refused)
    }
    for (const source of [join(outside, 'secret.csv'), 'link/secret.csv']) {
      const data = { ...project.data, source }
      expect(
        await ask(socket, 'data.describe', {
          path: null,
          data,
          seed: 1,
          terminals: { inputs: [], outputs: [], indices: [] },
        }),
        source,
      ).toMatchObject(refused)
    }
    expect(await ask(socket, 'project.save', { path: 'link/new.espalier', project })).toMatchObject(refused)
    expect(await readdir(outside)).toEqual(['secret.csv', 'secret.espalier'])
  })

  test('uploaded are in the folder, and the trainer can read them', async () => {
    const socket = await connect()
    const text = 'x,y\n1,a\n2,b\n3,a\n4,b\n'
    const source = join(folder, 'mine.csv')
    expect(await ask(socket, 'data.upload', { name: 'mine.csv', text })).toMatchObject({
      result: { ok: true, value: { source } },
    })
    expect(await readFile(source, 'utf8')).toBe(text)
    const data = { ...project.data, source }
    expect(
      await ask(socket, 'data.describe', {
        path: null,
        data,
        seed: 1,
        terminals: { inputs: [], outputs: [], indices: [] },
      }),
    ).toMatchObject({
      result: { ok: true, value: { rows: 4, features: 1, classes: ['a', 'b'] } },
    })
  })
})

test('a run is told to every page, and its model can be fetched', async () => {
  const [first, second] = [await connect(), await connect()]
  const ended = [first, second].map((socket) => next(socket, (text) => text.includes('"type":"ended"')))
  expect(await ask(first, 'run.start', { path: null, project })).toMatchObject({ result: { ok: true } })
  for (const message of await Promise.all(ended)) {
    const ended = expect.objectContaining({ reason: 'finished', epochs: 2 })
    expect(message).toMatchObject({ event: { event: 'run', messages: expect.arrayContaining([ended]) } })
  }
  expect(await ask(first, 'run.export', { path: 'model.onnx', opset: 15 })).toMatchObject({
    result: { ok: true, value: { path: 'model.onnx', parity: { passed: true } } },
  })
  const bytes = await readFile(join(folder, 'model.onnx'))
  expect(await ask(second, 'files.read', { path: 'model.onnx' })).toMatchObject({
    result: { ok: true, value: { base64: bytes.toString('base64') } },
  })
})

test('a port that is taken, and a folder that is not there, are told in one sentence', async () => {
  await expect(serve({ port, folder, open: false })).rejects.toThrow(`Port ${port} cannot be used: it is taken`)
  const nowhere = join(folder, 'nowhere')
  await expect(serve({ port: 0, folder: nowhere, open: false })).rejects.toThrow(`There is no folder ${nowhere}.`)
})
