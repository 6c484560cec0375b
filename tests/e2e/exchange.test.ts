/** Models from elsewhere and scripts for elsewhere, as a person brings and takes them, in a real browser. */
import { copyFile, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { card, eventually, openReady, setField } from './actions.ts'

const keras = resolve(import.meta.dirname, '../fixtures/keras/functional_add_concatenate/initial.keras')

test('a Keras model in the folder opens as a project, and one of one’s own from anywhere', async () => {
  const { page, folder } = await openReady()
  await copyFile(keras, join(folder, 'network.keras'))
  await page.getByRole('button', { name: 'Open a project' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'network.keras' }).click()
  await page.getByText('No table is chosen. Choose').waitFor()
  expect(await page.getByRole('textbox', { name: 'Project name' }).inputValue()).toBe('network')
  await page.getByRole('button', { name: 'Open a project' }).click()
  const choosing = page.waitForEvent('filechooser')
  await page.getByRole('dialog').getByRole('button', { name: 'Choose a model file' }).click()
  await (await choosing).setFiles({ name: 'mine.keras', mimeType: '', buffer: await readFile(keras) })
  await eventually(() => page.getByRole('textbox', { name: 'Project name' }).inputValue()).toBe('mine')
  await card(page, 'a').click()
  await setField(page, 'Name', 'first')
  await page.getByRole('alert').getByText('so a begins anew').waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('ControlOrMeta+s')
  await page.getByRole('status').getByText('Saved as mine.espalier').waitFor()
  expect(JSON.parse(await readFile(join(folder, 'mine.espalier'), 'utf8'))).toMatchObject({
    weights: 'mine.weights.onnx',
  })
})

test('before training there are scripts to take, and the choice of an opset says what it costs', async () => {
  const { page } = await openReady()
  await card(page, 'dense1').click()
  await page.getByRole('searchbox', { name: 'Search layers' }).fill('layer normalization')
  await page.keyboard.press('Enter')
  await card(page, 'layerNormalization1').waitFor()
  await page.keyboard.press('ControlOrMeta+e')
  const dialog = page.getByRole('dialog', { name: 'Export model' })
  await dialog.getByText(/Opset 15 lacks LayerNormalization.*Opset 17 has them all.*nearly every runtime/).waitFor()
  await dialog.getByRole('combobox', { name: 'Opset' }).selectOption('21')
  await dialog.getByText('Opset 21 has every operation of this network.').waitFor()
  for (const [format, name, line] of [
    ['Keras script', /_keras\.py$/, 'import keras'],
    ['PyTorch script', /_pytorch\.py$/, 'import torch'],
  ] as const) {
    await dialog.getByRole('combobox', { name: 'Format' }).selectOption({ label: format })
    await dialog.getByText('It reads breast_cancer.csv').waitFor()
    const downloading = page.waitForEvent('download')
    await dialog.getByRole('button', { name: 'Save script' }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toMatch(name)
    expect(await readFile(await download.path(), 'utf8')).toContain(line)
  }
})
