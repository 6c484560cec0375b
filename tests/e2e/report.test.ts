import { expect, test } from 'vitest'
import { chooseSample, eventually, openReady, setField, train } from './actions.ts'

test('after training a tab shows what regularization did, and an export leaves out what is idle', async () => {
  const { page } = await openReady()
  await chooseSample(page, 'Exact zeros')
  await setField(page, 'Epochs', '30')
  await train(page)
  await page.getByRole('tab', { name: 'What regularization did' }).click()
  const penalty = page.getByRole('table', { name: 'Technique' }).getByRole('row', { name: /dense1\/kernel\/l1/ })
  await penalty.waitFor()
  expect(await penalty.innerText()).toMatch(/%$/)

  const units = page.getByRole('table', { name: 'Units' }).getByRole('row', { name: /dense1\/kernel/ })
  const [all = 0, unfed = 0, still = 0, idle = 0] = (await units.getByRole('cell').allInnerTexts()).map(Number)
  expect(all).toBe(64)
  expect(unfed).toBeGreaterThan(5)
  expect(still).toBeGreaterThanOrEqual(unfed)
  expect(idle).toBeGreaterThanOrEqual(unfed)
  expect(await page.getByRole('table', { name: 'Without noise' }).getByRole('row').count()).toBeGreaterThan(3)

  await page.getByRole('toolbar').getByRole('button', { name: 'Export' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('switch', { name: 'Leave out idle units' }).click()
  await dialog.getByRole('button', { name: 'Export', exact: true }).click()
  const facts = dialog.getByLabel('Parity')
  await eventually(() => facts.innerText()).toMatch(/Passed on \d+ rows/)
  const [before = 0, after = 0] = ((await facts.innerText()).match(/([\d,]+) → ([\d,]+) parameters/) ?? [])
    .slice(1)
    .map((text) => Number(text.replace(',', '')))
  expect(before - after).toBeGreaterThanOrEqual(unfed * 31)
})
