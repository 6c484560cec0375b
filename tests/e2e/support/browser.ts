/** The browser that tests look at the workbench with: one for all tests of a file. */
import { join } from 'node:path'
import { _electron, type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, onTestFinished } from 'vitest'
import { findBrowser } from '../../../scripts/browser.js'

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
]

let browser: Promise<Browser> | null = null

afterAll(async () => {
  await (await browser)?.close()
  browser = null
})

/** An empty page of its own, with nothing remembered from other tests; closed when the test is over. */
export async function openPage(): Promise<Page> {
  const found = findBrowser()
  if (!found) throw new Error('No browser here: `npm test` finds or fetches one, or name one in ESPALIER_BROWSER.')
  if (found.kind === 'electron') {
    const app = await _electron.launch({
      executablePath: found.path,
      args: [join(import.meta.dirname, 'electron.cjs')],
    })
    onTestFinished(() => app.close())
    return app.firstWindow()
  }
  browser ??= chromium.launch({ executablePath: found.path, args: switches })
  const context = await (await browser).newContext({ viewport: { width: 1280, height: 720 } })
  onTestFinished(() => context.close())
  return context.newPage()
}
