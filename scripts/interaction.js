#!/usr/bin/env node
/**
 * Measures in a browser, with Chromium's tracing, how smoothly cards of a large network move: `node scripts/interaction.js`.
 * It draws 300 layers, drags one of them and then fifty at once across the canvas, and types a number into a field.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'
import { findBrowser } from './browser.js'
import { build, root } from './build.js'

/** How many layers the network has: an Input, this many less two hidden ones, and an output. */
const layers = 300
/** Layers side by side before the next row. */
const row = 20
/** Moves of the mouse in a drag, one a frame. */
const moves = 120
const frame = 1000 / 60

/** In the page: notes when each frame begins. */
const noteFrames = `{
  const mine = (globalThis.noted = [])
  const note = (now) => {
    if (noted !== mine) return
    mine.push(now)
    requestAnimationFrame(note)
  }
  requestAnimationFrame(note)
}`

/**
 * In the page: presses Enter in the field that has the focus, and tells the milliseconds until a card shows a text.
 * @param {string} name
 * @param {string} text
 */
const untilShown = (name, text) => `(async () => {
  const isShown = () => document.querySelector('.svelte-flow__node[data-id="${name}"]')?.textContent?.includes('${text}')
  const start = performance.now()
  document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
  while (!isShown()) await new Promise((done) => requestAnimationFrame(done))
  return performance.now() - start
})()`

/** A network of 300 small layers on the sample data, laid out in rows. */
function project() {
  const nodes = Array.from({ length: layers }, (_, index) => ({
    name: index === 0 ? 'input' : `dense${index}`,
    kind: index === 0 ? 'input' : 'dense',
    params:
      index === 0
        ? {}
        : index === layers - 1
          ? { units: 1, activation: 'sigmoid' }
          : { units: 8, kernelRegularizers: [{ kind: 'l1', params: { strength: 0.01 } }] },
    position: { x: (index % row) * 240, y: Math.floor(index / row) * 160 },
  }))
  const wires = nodes.slice(1).map(({ name }, index) => ({ from: nodes[index]?.name, to: name }))
  return {
    format: 'espalier',
    version: 1,
    name: 'large',
    doc: '',
    graph: { nodes, wires },
    data: {
      source: 'sample:breast_cancer.csv',
      columns: {},
      validationFraction: 0.2,
      stratify: true,
      standardize: true,
    },
    training: {
      loss: { kind: 'binaryCrossentropy', params: {} },
      optimizer: { kind: 'adam', params: {} },
      metrics: [],
      regularizers: [],
      epochs: 1,
      batchSize: 32,
      shuffle: true,
      seed: 0,
    },
    weights: null,
  }
}

/**
 * How long a page's main thread was busy with each frame's work, in milliseconds, from a trace.
 * @param {Buffer} trace
 */
function tasksOf(trace) {
  /** @type {{ traceEvents: { name: string, ph: string, dur?: number, tid: number, pid: number, args?: { name?: string } }[] }} */
  const { traceEvents } = JSON.parse(trace.toString())
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  )
  return traceEvents
    .filter(({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && main.has(`${pid} ${tid}`))
    .map(({ dur = 0 }) => dur / 1000)
    .sort((a, b) => a - b)
}

/**
 * @param {readonly number[]} sorted
 * @param {number} part
 */
const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0

/**
 * Does something on the page under tracing; tells frames as the page saw them and the longest work of its main thread.
 * @param {import('playwright-core').Browser} browser
 * @param {import('playwright-core').Page} page
 * @param {string} what
 * @param {() => Promise<void>} act
 */
async function measure(browser, page, what, act) {
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] })
  await page.evaluate(noteFrames)
  await act()
  /** @type {readonly number[]} */
  const times = await page.evaluate('noted')
  const tasks = tasksOf(await browser.stopTracing())
  const gaps = times
    .slice(1)
    .map((now, index) => now - (times[index] ?? now))
    .sort((a, b) => a - b)
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000
  const late = gaps.filter((gap) => gap > 1.5 * frame).length
  console.log(
    `${what}: ${(gaps.length / seconds).toFixed(1)} frames per second, ${late} of ${gaps.length} late, ` +
      `slowest ${quantile(gaps, 1).toFixed(0)} ms; main thread's tasks: 99 % within ${quantile(tasks, 0.99).toFixed(1)} ms, ` +
      `longest ${quantile(tasks, 1).toFixed(1)} ms`,
  )
}

await build()
const found = findBrowser()
if (found?.kind !== 'chromium')
  throw new Error('There is no Chrome, Chromium or Edge here; name one in ESPALIER_BROWSER.')
const folder = await realpath(await mkdtemp(join(tmpdir(), 'espalier-interaction-')))
await writeFile(join(folder, 'large.espalier'), JSON.stringify(project()))
const host = spawn(process.execPath, [join(root, 'out/main/cli.js'), 'serve', '--no-open', '--folder', folder], {
  env: { ...process.env, ESPALIER_HOME: join(folder, '.home') },
  stdio: ['ignore', 'pipe', 'inherit'],
})
const browser = await chromium.launch({
  executablePath: found.path,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
})
try {
  let address = ''
  for await (const line of createInterface({ input: host.stdout })) {
    address = /http:\/\/127\.0\.0\.1:\d+\/#token=\S+/.exec(line)?.[0] ?? ''
    if (address) break
  }
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 720 } })).newPage()
  const before = performance.now()
  await page.goto(address)
  await page.getByText('[batch, 64]').first().waitFor()
  console.log(`Cold start to the first sample's shapes: ${((performance.now() - before) / 1000).toFixed(2)} s`)
  await page.getByRole('button', { name: 'Open a project' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'large.espalier' }).first().click()
  await page.locator('.svelte-flow__node').getByText('[batch, 8]').first().waitFor()
  await page.waitForTimeout(2000)
  await page.getByRole('button', { name: 'Show the whole network' }).click()
  await page.waitForTimeout(1000)

  const canvas = await page.getByRole('region', { name: 'Network' }).boundingBox()
  if (!canvas) throw new Error('There is no canvas.')
  const visible = await page.locator('.svelte-flow__node').evaluateAll(
    (nodes, { left, top, right, bottom }) =>
      nodes.flatMap((node) => {
        const box = node.getBoundingClientRect()
        const isInside = box.left > left && box.top > top && box.right < right && box.bottom < bottom
        const name = node.getAttribute('data-id') ?? ''
        return isInside ? [{ name, x: box.left + box.width / 2, y: box.top + 8 }] : []
      }),
    {
      left: canvas.x + 20,
      top: canvas.y + 20,
      right: canvas.x + canvas.width - 80,
      bottom: canvas.y + canvas.height - 80,
    },
  )
  const [card] = visible
  if (!card) throw new Error('No card is in sight.')
  const drag = async () => {
    await page.mouse.move(card.x, card.y)
    await page.mouse.down()
    for (let move = 1; move <= moves; move++) {
      const turn = (move / moves) * 4 * Math.PI
      await page.mouse.move(card.x + 40 * Math.sin(turn), card.y + 40 * (1 - Math.cos(turn)))
      await page.waitForTimeout(frame / 2)
    }
    await page.mouse.up()
  }
  await measure(browser, page, `Dragging one of ${layers} cards`, drag)
  await page.keyboard.press('ControlOrMeta+z')
  await page.getByRole('region', { name: 'Network' }).click({ position: { x: 5, y: 5 } })
  await page.keyboard.press('ControlOrMeta+a')
  await page.waitForTimeout(500)
  await measure(browser, page, `Dragging all ${layers} cards`, drag)
  await page.keyboard.press('ControlOrMeta+z')
  await page.keyboard.press('Escape')
  await page.locator(`.svelte-flow__node[data-id="${card.name}"]`).click({ position: { x: 8, y: 8 } })
  const units = page.getByRole('complementary', { name: 'Inspector' }).getByRole('textbox', { name: 'Units' })
  await units.waitFor()
  const waits = []
  for (let value = 9; value < 29; value++) {
    await units.fill(String(value))
    waits.push(Number(await page.evaluate(untilShown(card.name, `[batch, ${value}]`))))
    await page.waitForTimeout(100)
  }
  waits.sort((a, b) => a - b)
  console.log(
    `A number typed into a field to the card that shows it: half within ${quantile(waits, 0.5).toFixed(0)} ms, longest ${quantile(waits, 1).toFixed(0)} ms`,
  )
} finally {
  await browser.close()
  const ended = new Promise((done) => host.on('exit', done))
  host.kill('SIGINT')
  await ended
  await rm(folder, { recursive: true, force: true })
}
