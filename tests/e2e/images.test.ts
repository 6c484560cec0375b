/** The workbench's main views in both themes. `ESPALIER_IMAGES=1` writes them into docs/images, for README and guide. */
import { mkdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { card, drawnEpochs, eventually, openReady, setField, train } from './actions.ts'

const folder = resolve(import.meta.dirname, '../../docs/images')

test('the main views draw themselves in both themes', async () => {
  const { page } = await openReady()
  const keep = async (name: string): Promise<void> => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await eventually(() => page.locator('html').getAttribute('data-theme')).toBe(colorScheme)
      await page.waitForTimeout(200)
      const image = await page.screenshot({ animations: 'disabled' })
      expect(image.length).toBeGreaterThan(20_000)
      if (!process.env['ESPALIER_IMAGES']) continue
      await mkdir(folder, { recursive: true })
      await writeFile(resolve(folder, `${name}-${colorScheme}.png`), image)
    }
  }
  await setField(page, 'Epochs', '1000')
  await card(page, 'dense1').click()
  await train(page)
  await eventually(() => drawnEpochs(page)).toBeGreaterThan(200)
  await setField(page, 'Strength', '0.1')
  await page.getByRole('contentinfo').getByText('Finished').waitFor()
  await page.getByRole('checkbox', { name: 'Log axis' }).check()
  await keep('loss')
  await page.getByRole('tab', { name: 'Weights' }).click()
  await page.getByRole('toolbar').getByRole('button', { name: 'Export' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Export', exact: true }).click()
  await dialog.getByText(/Passed on/).waitFor()
  await keep('export')
})
