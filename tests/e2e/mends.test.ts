/** Mistakes mended with one click, wherever they are told. */
import { expect, test } from 'vitest'
import { card, chooseSample, eventually, openReady, setField } from './actions.ts'

test('a mistake is mended with one click on the card, in the inspector or in the list, and that is one step back', async () => {
  const { page } = await openReady()
  await chooseSample(page, 'Digits')
  await card(page, 'dense1').waitFor()
  await page.getByRole('tab', { name: /Problems/ }).click()
  const list = page.getByRole('tabpanel', { name: /Problems/ })
  const errors = () => list.getByRole('img', { name: 'Error' }).count()
  await eventually(errors).toBe(0)

  // A convolution over plain numbers, and after it Dense layers over places.
  await card(page, 'input').click()
  await page.getByRole('searchbox', { name: 'Search layers' }).fill('Conv2D')
  await page.getByRole('searchbox', { name: 'Search layers' }).press('Enter')
  await list.getByRole('button', { name: 'Insert Reshape (shape 8, 8, 1) before conv2D1' }).waitFor()
  await card(page, 'conv2D1')
    .getByRole('button', { name: /^Insert Reshape/ })
    .click()
  await card(page, 'reshape1').getByText('[batch, 8, 8, 1]').waitFor()
  await list.getByRole('button', { name: 'Insert Flatten before dense1' }).click()
  await card(page, 'flatten1').getByText('[batch, 1152]').waitFor()
  await eventually(errors).toBe(0)

  await page.getByRole('button', { name: 'Undo' }).click()
  await eventually(() => card(page, 'flatten1').count()).toBe(0)
  await eventually(errors).toBe(1)
  await page.getByRole('button', { name: 'Redo' }).click()
  await eventually(errors).toBe(0)

  const last = 'dense3'
  await card(page, last).click()
  await setField(page, 'Units', '4')
  const inspector = page.getByRole('complementary', { name: 'Inspector' })
  await inspector.getByRole('button', { name: 'Set units to 10' }).click()
  await eventually(errors).toBe(0)
  expect(await inspector.getByRole('textbox', { name: 'Units' }).first().inputValue()).toBe('10')
})

test('a network whose step is long is compiled once the editing pauses', async () => {
  const { page } = await openReady()
  await chooseSample(page, 'Digits')
  await card(page, 'input').click()
  await page.getByRole('searchbox', { name: 'Search layers' }).fill('LSTM')
  await page.getByRole('searchbox', { name: 'Search layers' }).press('Enter')
  await card(page, 'lstm1').getByRole('button', { name: 'Insert Reshape (shape 64, 1) before lstm1' }).click()
  await card(page, 'lstm1').getByText('[batch, 32]').waitFor()
  await card(page, 'lstm1').click()
  await page.getByRole('combobox', { name: 'Add to Kernel regularization' }).selectOption('l2')
  // The dot has the colour of the penalty's series, which only the compiled program knows.
  await card(page, 'lstm1').getByRole('listitem').locator('.dot').waitFor()
})
