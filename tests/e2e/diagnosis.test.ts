/** Looking closely at a run: every step, pictures to take away, right and wrong rows, weights over time. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { chooseSample, eventually, field, openReady, setField, train } from './actions.ts'

/** A run of the first sample that has come to its end. */
async function openTrained(epochs = '60'): Promise<Page> {
  const { page } = await openReady()
  await setField(page, 'Epochs', epochs)
  await train(page)
  await ended(page)
  return page
}

const ended = (page: Page) =>
  page
    .getByRole('contentinfo')
    .getByText(/Finished|Stopped early|Diverged/)
    .waitFor()

const chart = (page: Page) => page.getByRole('img', { name: /over \d+ epochs/ }).first()

async function saved(page: Page, format: string): Promise<{ name: string; bytes: Buffer }> {
  const downloading = page.waitForEvent('download')
  await page.getByRole('combobox', { name: 'Save Loss & penalties' }).selectOption(format)
  const download = await downloading
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
}

test('a stretch drawn out in the chart shows every step, a double click the whole run again', async () => {
  const page = await openTrained()
  const { x, y, width, height } = (await chart(page).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
  await page.mouse.move(x + width * 0.4, y + height / 2)
  await page.mouse.down()
  await page.mouse.move(x + width * 0.5, y + height / 2, { steps: 3 })
  await page.mouse.up()
  await page.getByText(/Epochs [\d.]+ to [\d.]+:\s+every step\./).waitFor()
  const csv = (await saved(page, 'csv')).bytes.toString()
  const [header = '', ...lines] = csv.trim().split('\n')
  expect(header).toMatch(/^epoch,data,dense1\/kernel\/l1,train,trainInference,validation$/)
  // 455 rows in batches of 32 are 15 steps an epoch; sixths of an epoch are no whole epochs.
  expect(lines.filter((line) => !Number.isInteger(Number(line.split(',')[0]))).length).toBeGreaterThan(30)
  await chart(page).dblclick({ position: { x: width / 2, y: height / 2 } })
  await eventually(() => page.getByText(/every step\./).count()).toBe(0)
})

test('the chart zooms and moves by keyboard and by wheel', async () => {
  const page = await openTrained()
  await chart(page).focus()
  await page.keyboard.press('+')
  await page.keyboard.press('+')
  const shown = page.getByText(/^Epochs [\d.]+ to [\d.]+:/)
  const before = await shown.textContent()
  await page.keyboard.press('ArrowRight')
  await eventually(() => shown.textContent()).not.toBe(before)
  await page.keyboard.press('0')
  await eventually(() => shown.count()).toBe(0)
  await chart(page).hover()
  await page.mouse.wheel(0, -300)
  await shown.waitFor()
  await page.getByRole('button', { name: 'Show the whole run' }).click()
  await eventually(() => shown.count()).toBe(0)
})

test('a chart is handed over as a picture and as a table', async () => {
  const page = await openTrained('20')
  const png = await saved(page, 'png')
  expect(png.name).toMatch(/loss-penalties\.png$/)
  expect([...png.bytes.subarray(1, 4)]).toEqual([...Buffer.from('PNG')])
  expect(png.bytes.length).toBeGreaterThan(3000)
  const svg = (await saved(page, 'svg')).bytes.toString()
  expect(svg).toMatch(/^<svg /)
  expect(svg).toContain('Validation loss')
  expect(svg).not.toContain('NaN')
  const csv = (await saved(page, 'csv')).bytes.toString()
  expect(csv.trim().split('\n').length).toBe(21)
})

test('a cell of the confusion matrix opens its rows, and the curves say their area', async () => {
  const page = await openTrained()
  await page.getByRole('tab', { name: 'Diagnosis' }).click()
  const matrix = page.getByRole('table', { name: 'Confusion matrix' })
  await matrix.waitFor()
  const cells = matrix.getByRole('button')
  const counts = (await cells.allInnerTexts()).map(Number)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(114)
  await cells.first().click()
  const rows = page.getByRole('table', { name: /^Rows: \d+ rows of benign predicted as benign/ })
  await rows.waitFor()
  expect(await rows.getByRole('row').count()).toBe((counts[0] ?? 0) + 1)
  const last = await rows.locator('tbody tr td:last-child').allInnerTexts()
  expect(new Set(last)).toEqual(new Set(['benign']))
  expect(
    Number(/area ([\d.]+)/.exec((await page.getByText(/malignant: area/).textContent()) ?? '')?.[1]),
  ).toBeGreaterThan(0.9)
  await page.getByRole('img', { name: 'Calibration' }).waitFor()
  expect(await page.getByRole('table', { name: 'Worst predictions' }).getByRole('row').count()).toBe(9)
})

test('numbers have residuals in place of a confusion matrix', async () => {
  const { page } = await openReady()
  await chooseSample(page, 'Diabetes')
  await eventually(() => page.getByRole('region', { name: 'Data', exact: true }).textContent()).toContain('diabetes')
  await train(page)
  await ended(page)
  await page.getByRole('tab', { name: 'Diagnosis' }).click()
  await page.getByRole('img', { name: /^Residuals of/ }).waitFor()
  expect(await page.getByText(/^RMSE [\d.]+, MAE [\d.]+, R²/).count()).toBe(1)
  expect(await page.getByRole('table', { name: 'Confusion matrix' }).count()).toBe(0)
})

test('a weight shows how it changed: histograms, norm, gradient, and units that stand still', async () => {
  const page = await openTrained('200')
  await page.getByRole('tab', { name: 'Weights' }).click()
  await page.getByRole('button', { name: 'dense2/kernel' }).click()
  await page.getByRole('heading', { name: 'dense2/kernel over the run' }).waitFor()
  for (const name of [/^dense2\/kernel: Histogram/, /^Norm: /, /^Gradient norm: /, /^Activation: /, /^Still units: /]) {
    await page.getByRole('img', { name }).waitFor()
  }
})

test('a run that stops being a number says which setting is to blame and mends it', async () => {
  const { page } = await openReady()
  await setField(page, 'Epochs', '60')
  await page.getByRole('combobox', { name: 'Optimizer' }).selectOption({ label: 'SGD' })
  await setField(page, 'Learning rate', '1e30')
  await train(page)
  await ended(page)
  const told = page.getByRole('tabpanel').getByRole('alert')
  await told.waitFor()
  expect(await told.innerText()).toMatch(/stopped being a number|grew beyond all bounds/)
  expect(await told.innerText()).toMatch(/weights (of epoch \d+ )?are kept/)
  await told.getByRole('button', { name: /^Set .* to / }).click()
  await eventually(() => field(page, 'Learning rate').inputValue()).toBe('1e+29')
})
