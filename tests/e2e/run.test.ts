/** Training, steering and exporting, as a person would, in a real browser. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { card, chooseSample, drawnEpochs, eventually, openReady, setField, train } from './actions.ts'

/** A run of many epochs, paused from the keyboard, and how many epochs were drawn by then. */
async function openPaused() {
  const { page } = await openReady()
  await setField(page, 'Epochs', '20000')
  await train(page)
  await eventually(() => drawnEpochs(page)).toBeGreaterThan(0)
  await page.keyboard.press('ControlOrMeta+Enter')
  await page.getByRole('contentinfo').getByText('Paused').waitFor()
  return { page, paused: await drawnEpochs(page) }
}

describe('a run', () => {
  test('trains to the end while the chart moves, and shows exact zeros', async () => {
    const { page } = await openReady()
    await setField(page, 'Epochs', '400')
    await train(page)
    await eventually(() => drawnEpochs(page)).toBeGreaterThan(0)
    const early = await drawnEpochs(page)
    await eventually(() => drawnEpochs(page)).toBeGreaterThan(early)
    await page.getByRole('contentinfo').getByText('Finished').waitFor()
    expect(await drawnEpochs(page)).toBe(400)
    const values = page.getByRole('tabpanel')
    const [loss, data, penalty] = await Promise.all(
      ['train', 'data', 'dense1/kernel/l1'].map(async (series) =>
        Number(await values.locator(`[data-series="${series}"]`).getAttribute('title')),
      ),
    )
    expect((data ?? 0) + (penalty ?? 0)).toBeCloseTo(loss ?? 0, 4)
    await page.getByRole('tab', { name: 'Weights' }).click()
    const zeros = await page
      .getByRole('row', { name: /dense1\/kernel/ })
      .locator('[data-zeros]')
      .getAttribute('data-zeros')
    expect(Number(zeros)).toBeGreaterThan(1000)
  })

  test('takes a new L1 strength while it goes on and marks where', async () => {
    const { page } = await openReady()
    await setField(page, 'Epochs', '20000')
    await train(page)
    await card(page, 'dense1').click()
    await page.getByRole('img', { name: 'Takes effect at once' }).first().waitFor()
    await eventually(() => drawnEpochs(page)).toBeGreaterThan(5)
    await setField(page, 'Strength', '0.1')
    const changes = page.getByRole('tabpanel').getByRole('listitem')
    await eventually(() => changes.allTextContents()).toEqual([expect.stringMatching(/L1 strength\s+0\.01 → 0\.1/)])
    expect(await card(page, 'dense1').textContent()).toContain('L1 0.1')
    await page.getByRole('button', { name: 'Undo' }).click()
    await eventually(() => changes.first().textContent()).toMatch(/0\.1 → 0\.01/)
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('contentinfo').getByText('Stopped').waitFor()
  })

  test('goes back to before a change, and so do its field and its epochs', async () => {
    const { page } = await openReady()
    await setField(page, 'Epochs', '20000')
    await train(page)
    await card(page, 'dense1').click()
    await eventually(() => drawnEpochs(page)).toBeGreaterThan(5)
    await setField(page, 'Strength', '0.1')
    const changes = page.getByRole('tabpanel').getByRole('listitem')
    await eventually(() => changes.count()).toBe(1)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('contentinfo').getByText('Paused').waitFor()
    const before = await drawnEpochs(page)
    await page.getByRole('button', { name: /^Rewind to before dense1 kernel L1 strength changed/ }).click()
    await eventually(() => changes.count()).toBe(0)
    expect(await drawnEpochs(page)).toBeLessThanOrEqual(before)
    expect(await card(page, 'dense1').textContent()).toContain('L1 0.01')
    await page.getByRole('button', { name: 'Resume' }).click()
    await eventually(() => drawnEpochs(page)).toBeGreaterThan(before)
    expect(await changes.count()).toBe(0)
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('contentinfo').getByText('Stopped').waitFor()
  })

  test('is still there, chart and all, after the page is reloaded', async () => {
    const { page, paused } = await openPaused()
    page.once('dialog', (dialog) => void dialog.accept())
    await page.reload()
    await page.getByRole('contentinfo').getByText('Paused').waitFor()
    await eventually(() => drawnEpochs(page)).toBe(paused)
    await page.getByRole('button', { name: 'Resume' }).click()
    await eventually(() => drawnEpochs(page)).toBeGreaterThan(paused)
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('contentinfo').getByText('Stopped').waitFor()
  })

  test('pauses, stands still, goes on and stops', async () => {
    const { page, paused } = await openPaused()
    await page.waitForTimeout(250)
    expect(await drawnEpochs(page)).toBe(paused)
    await page.getByRole('button', { name: 'Resume' }).click()
    await eventually(() => drawnEpochs(page)).toBeGreaterThan(paused)
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('contentinfo').getByText('Stopped').waitFor()
    await page.getByRole('toolbar').getByRole('button', { name: 'Train', exact: true }).waitFor()
  })

  test('stays answerable while it trains as fast as it can', async () => {
    const { page } = await openReady()
    await setField(page, 'Epochs', '20000')
    await train(page)
    await eventually(() => drawnEpochs(page)).toBeGreaterThan(0)
    const started = performance.now()
    await card(page, 'dense2').click()
    await page.getByRole('heading', { name: 'Shapes and weights' }).waitFor()
    expect(performance.now() - started).toBeLessThan(2000)
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('contentinfo').getByText('Stopped').waitFor()
  })
})

describe('export', () => {
  test('writes the model, shows that parity passed and as many exact zeros as the workbench, and hands it over', async () => {
    const { page, folder } = await openReady()
    await page.getByRole('toolbar').getByRole('button', { name: 'Export' }).click()
    const dialog = page.getByRole('dialog', { name: 'Export model' })
    const exporting = dialog.getByRole('button', { name: 'Export', exact: true })
    expect(await exporting.getAttribute('title')).toMatch(/train first/)
    await page.keyboard.press('Escape')
    await train(page)
    await page.getByRole('contentinfo').getByText('Finished').waitFor()
    await page.getByRole('tab', { name: 'Weights' }).click()
    const zeros = /[\d,]+/.exec(
      (await page
        .getByRole('row', { name: /All weights/ })
        .getByRole('cell')
        .nth(2)
        .textContent()) ?? '',
    )
    await page.getByRole('toolbar').getByRole('button', { name: 'Export' }).click()
    expect(await dialog.getByRole('combobox', { name: 'Opset' }).inputValue()).toBe('15')
    await exporting.click()
    await dialog.getByText(/Passed on \d+ rows/).waitFor()
    await dialog.getByText(`${zeros?.[0]} of 2,049 weights`).waitFor()
    const downloading = page.waitForEvent('download')
    await dialog.getByRole('button', { name: 'Download' }).click()
    const download = await downloading
    const name = download.suggestedFilename()
    expect(name).toMatch(/\.onnx$/)
    expect(await readFile(await download.path())).toEqual(await readFile(join(folder, name)))
  })

  test('of a regression asks for no labels', async () => {
    const { page } = await openReady()
    await chooseSample(page, 'Diabetes')
    await eventually(() => page.getByRole('region', { name: 'Data', exact: true }).textContent()).toContain('diabetes')
    await train(page)
    await page
      .getByRole('contentinfo')
      .getByText(/Finished|Stopped early/)
      .waitFor()
    await page.keyboard.press('ControlOrMeta+e')
    const dialog = page.getByRole('dialog', { name: 'Export model' })
    await dialog.getByRole('button', { name: 'Export', exact: true }).click()
    await dialog.getByText(/Passed on \d+ rows/).waitFor()
    expect(await dialog.getByText('Labels agree').count()).toBe(0)
  })
})
