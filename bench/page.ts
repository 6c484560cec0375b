/** What the workbench itself costs while a page in a browser watches it train: CPU time of each of its processes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { findBrowser } from '../scripts/browser.js'
import { busySeconds, childrenOf, cpuSeconds, familySeconds, processesAreTold } from './processes.ts'
import { projectOf, writeData } from './project.ts'
import type { Workload } from './workloads.ts'

/** Seconds until the page has settled, and seconds that are measured. */
const settling = 10
const measuring = 60

/** So many that each moves the curve to be seen, and more than are trained while it is measured. */
const epochs = 500

const program = resolve(import.meta.dirname, '..', '..', 'bin', 'espalier.js')

/** A browser without a screen, which paints in software. */
const switches = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  '--disable-sync',
  '--window-size=1280,720',
]

/** What was used while a page watched. */
export interface Watched {
  readonly epochs: number
  readonly wallSeconds: number
  /** CPU seconds: of the calls of the training graph; of the trainer between them; of the host; of the browser. */
  readonly training: number
  readonly between: number
  readonly host: number
  readonly page: number
  /** CPU seconds of all other programs of the machine. */
  readonly others: number
}

/** Why nothing can be measured here; null where it can. */
export function watchRefusal(): string | null {
  if (!processesAreTold) return 'What a page costs is measured on Linux alone: elsewhere processes do not tell theirs.'
  if (findBrowser()?.kind !== 'chromium')
    return 'What a page costs is not measured: there is no Chrome, Chromium or Edge here; name one in ESPALIER_BROWSER.'
  return null
}

/** Where a run is by its log: epochs finished, seconds in the training graph, and when the last epoch ended, ms. */
async function readLog(path: string): Promise<{ epochs: number; seconds: number; at: number }> {
  const { mtimeMs } = await stat(path)
  const text = await readFile(path, 'utf8')
  if ((await stat(path)).mtimeMs !== mtimeMs) return readLog(path)
  const lines = text.trimEnd().split('\n')
  const seconds = lines.map((line) => (JSON.parse(line) as { readonly seconds: number }).seconds)
  return { epochs: lines.length, seconds: seconds.reduce((sum, one) => sum + one, 0), at: mtimeMs }
}

/** Asks the host for a run of the project and waits for its first epoch. */
async function startRun(address: string, workload: Workload, folder: string): Promise<void> {
  const { origin, host, hash } = new URL(address)
  const socket = new WebSocket(`ws://${host}/`, `espalier.${hash.slice('#token='.length)}`, { origin })
  const base = projectOf(workload)
  const project = { ...base, training: { ...base.training, epochs } }
  try {
    await new Promise<void>((done, failed) => {
      socket.on('error', failed)
      socket.on('close', () => failed(new Error('The host ended the connection.')))
      socket.on('open', () => {
        const input = { path: join(folder, 'bench.espalier'), project }
        socket.send(JSON.stringify({ id: 1, route: 'run.start', input }))
      })
      socket.on('message', (data) => {
        const text = String(data)
        if (text.includes('"ok":false')) failed(new Error(`The run cannot be started: ${text}`))
        if (text.includes('"type":"epoch"')) done()
      })
    })
  } finally {
    socket.close()
  }
}

/** Trains the workload for a minute with the workbench open in a browser. */
export async function watch(workload: Workload): Promise<Watched> {
  const browser = findBrowser()
  if (!browser) throw new Error('There is no browser.')
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'espalier-bench-')))
  const home = join(folder, '.home')
  await writeData(workload, folder)
  const host = spawn(process.execPath, [program, 'serve', '--no-open', '--folder', folder], {
    env: { ...process.env, ESPALIER_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ends: (() => Promise<unknown>)[] = [() => ending(host, 'SIGINT')]
  try {
    const address = await addressOf(host.stdout)
    await startRun(address, workload, folder)
    const page = spawn(browser.path, [...switches, `--user-data-dir=${join(folder, '.profile')}`, address], {
      stdio: 'ignore',
    })
    ends.push(() => ending(page, 'SIGTERM'))
    const [trainer = 0] = childrenOf(host.pid ?? 0)
    const [run = ''] = await readdir(join(home, 'runs'))
    const log = join(home, 'runs', run, 'metrics.jsonl')
    const look = async () => ({
      now: performance.now(),
      trainer: familySeconds(trainer),
      host: cpuSeconds(host.pid ?? 0),
      page: familySeconds(page.pid ?? 0),
      busy: busySeconds(),
      ...(await readLog(log)),
    })
    await wait(settling * 1000)
    const before = await look()
    await wait(measuring * 1000)
    const after = await look()
    const used = (of: 'trainer' | 'host' | 'page' | 'busy'): number => after[of] - before[of]
    const wallSeconds = (after.now - before.now) / 1000
    const trained = (after.at - before.at) / 1000
    // The log knows the time at the end of epochs, so its part is taken for that of the whole.
    const between = ((trained - (after.seconds - before.seconds)) / trained) * wallSeconds
    return {
      epochs: after.epochs - before.epochs,
      wallSeconds,
      training: used('trainer') - between,
      between,
      host: used('host'),
      page: used('page'),
      others: used('busy') - used('trainer') - used('host') - used('page'),
    }
  } finally {
    await Promise.all(ends.map((end) => end()))
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

/** Asks a process to end, and waits until it has. */
function ending(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  const ended = child.exitCode === null ? new Promise((done) => child.once('exit', done)) : Promise.resolve()
  child.kill(signal)
  return ended
}

/** The address that the host prints. */
async function addressOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const [address] = /http:\/\/127\.0\.0\.1:\d+\/#token=\S+/.exec(line) ?? []
    if (address) return address
  }
  throw new Error('The host ended before it told its address.')
}
