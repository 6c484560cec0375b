/** What a setting says of itself. */
import { expect, test } from 'vitest'
import { card, openReady } from './actions.ts'

test('a technique unfolds its formula, where its strength mostly lies, and how other frameworks write it', async () => {
  const { page } = await openReady()
  await card(page, 'dense1').click()
  const technique = page.getByRole('group', { name: 'L1', exact: true })
  const formula = technique.getByText('loss + strength · Σ |w|')
  expect(await formula.isVisible()).toBe(false)
  await technique.getByText('Formula and equivalents').click()
  await formula.waitFor()
  await technique.getByText('Strength: mostly 1e-5 to 0.1').waitFor()
  for (const framework of ['Keras', 'PyTorch', 'MATLAB'])
    await technique.getByText(framework, { exact: true }).waitFor()
})
