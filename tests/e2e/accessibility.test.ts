/** What axe-core, the accessibility checker, finds in the views of the workbench: nothing. */
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { card, chooseSample, eventually, openReady, setField, train } from './actions.ts'

/** What axe complains about: the rule and the elements that break it. */
async function complaints(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  // A colour on its way to another is neither.
  await page.waitForTimeout(200)
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] })
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
  })
}

declare global {
  interface Window {
    readonly axe: typeof axe
  }
}

const themes = ['light', 'dark'] as const

test.each(themes)('axe finds nothing in the editor, its dialogs and its forms, in the %s', async (colorScheme) => {
  const { page } = await openReady()
  await page.emulateMedia({ colorScheme })
  await eventually(() => page.locator('html').getAttribute('data-theme')).toBe(colorScheme)
  const found: string[] = []
  const look = async (view: string) => found.push(...(await complaints(page)).map((text) => `${view}: ${text}`))
  await look('start')
  await card(page, 'dense1').click()
  await page.keyboard.press('f')
  await look('layer')
  await card(page, 'dense2').click({ modifiers: ['ControlOrMeta'] })
  await look('several layers')
  for (const tab of ['Outline', 'Data preview', 'Problems', 'Weights', 'What regularization did']) {
    await page.getByRole('tab', { name: tab }).click()
    await look(tab)
  }
  await card(page, 'dense2').click()
  await setField(page, 'Units', '3')
  await look('an error')
  for (const dialog of ['New project', 'Open a project', 'Export', 'Command palette']) {
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: dialog }).first().click()
    await page.getByRole('dialog').waitFor()
    await look(dialog)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  await card(page, 'dense1').click()
  await page.keyboard.press('i')
  await page.getByRole('dialog').waitFor()
  await look('inserting')
  expect(found).toEqual([])
})

test.each(themes)('axe finds nothing in what a run shows, in the %s', async (colorScheme) => {
  const { page } = await openReady()
  await page.emulateMedia({ colorScheme })
  await chooseSample(page, 'Iris: three classes')
  await eventually(() => card(page, 'dense1').textContent()).toContain('[batch, 16]')
  await setField(page, 'Epochs', '5')
  await train(page)
  await page.getByRole('contentinfo').getByText('Finished').waitFor()
  const found: string[] = []
  for (const tab of ['Loss & penalties', 'Metrics', 'Weights', 'What regularization did', 'Problems']) {
    await page.getByRole('tab', { name: tab }).click()
    found.push(...(await complaints(page)).map((text) => `${tab}: ${text}`))
  }
  expect(found).toEqual([])
})
