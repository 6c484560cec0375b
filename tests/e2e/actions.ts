/** What tests do in the workbench again and again. */
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { openWorkbench, type Workbench } from './support/workbench.ts'

/** The workbench with its first sample open and its data read. */
export async function openReady(): Promise<Workbench> {
  const workbench = await openWorkbench()
  await card(workbench.page, 'dense1').getByText('[batch, 64]').waitFor()
  return workbench
}

/** A layer's card on the canvas. */
export const card = (page: Page, name: string): Locator =>
  page.getByRole('region', { name: 'Network' }).getByRole('group', { name: new RegExp(`^${name},`) })

/** A field of the inspector. */
export const field = (page: Page, title: string): Locator =>
  page.getByRole('complementary', { name: 'Inspector' }).getByRole('textbox', { name: title, exact: true }).first()

/** Types into a field of the inspector and presses Enter. */
export async function setField(page: Page, title: string, text: string): Promise<void> {
  await field(page, title).fill(text)
  await field(page, title).press('Enter')
}

/** Draws a wire from one layer to another with the mouse. */
export async function joinLayers(page: Page, from: string, to: string): Promise<void> {
  await page.getByLabel(`Output of ${from}`, { exact: true }).hover()
  await page.mouse.down()
  await page.getByLabel(`Input of ${to}`, { exact: true }).hover()
  await page.mouse.up()
  await page.getByRole('group', { name: `from ${from} to ${to}` }).waitFor({ state: 'attached' })
}

/** Opens a sample by its title. */
export async function chooseSample(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: 'Open a project' }).click()
  await page.getByRole('dialog').getByRole('button', { name: title }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

/** Presses Train and waits until the run is on, or over already; throws what the workbench says when it fails. */
export async function train(page: Page): Promise<void> {
  await page.getByRole('toolbar').getByRole('button', { name: 'Train', exact: true }).click()
  const phase = page.getByRole('contentinfo').getByRole('status')
  await eventually(() => phase.textContent()).not.toMatch(/Ready|Starting/)
  if ((await phase.textContent())?.includes('Failed'))
    throw new Error(await page.getByRole('alert').first().innerText())
}

/** Waits until what is read comes true, on a busy machine too. */
export const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000, interval: 25 })

/** How many epochs the drawn plot says it shows. */
export async function drawnEpochs(page: Page): Promise<number> {
  const label = await page.getByRole('img', { name: /over \d+ epochs/ }).getAttribute('aria-label')
  return Number(/over (\d+) epochs/.exec(label ?? '')?.[1])
}
