/** The workbench as a person meets it: `espalier serve` in a folder of its own, and a page at its address. */
import { spawn } from 'node:child_process'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { openPage } from './browser.ts'

const program = resolve(import.meta.dirname, '../../../out/main/cli.js')

export interface Workbench {
  readonly page: Page
  /** The folder that the host was started in. */
  readonly folder: string
}

/** Starts a host whose files and settings are gone when the test is over; gives folder and address. */
async function startHost(): Promise<{ folder: string; address: string }> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'espalier-e2e-')))
  const host = spawn(process.execPath, [program, 'serve', '--no-open', '--folder', folder], {
    env: { ...process.env, ESPALIER_HOME: join(folder, '.home') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((done) => host.on('exit', done))
  onTestFinished(async () => {
    host.kill('SIGINT')
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  for await (const line of createInterface({ input: host.stdout })) {
    const [address] = /http:\/\/127\.0\.0\.1:\d+\/#token=\S+/.exec(line) ?? []
    if (address) return { folder, address }
  }
  throw new Error('The browser host ended before it told its address.')
}

/**
 * Watches a page: whatever it complains about (errors, among them what the content security policy refuses, and requests
 * to anywhere but its host) fails the test when it is over.
 */
function watch(page: Page, origin: string): void {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url())
    if (protocol !== 'data:' && protocol !== 'blob:' && host !== new URL(origin).host) {
      complaints.push(`request: ${request.url()}`)
    }
  })
  onTestFinished(() => expect(complaints).toEqual([]))
}

/** Starts a host and opens the workbench in a page, as on a first start. */
export async function openWorkbench(): Promise<Workbench> {
  const { folder, address } = await startHost()
  const page = await openPage()
  watch(page, new URL(address).origin)
  await page.goto(address)
  return { page, folder }
}
