/** Drawing networks by hand and by keyboard alone. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { card, chooseSample, eventually, field, joinLayers, openReady, setField } from './actions.ts'

const outline = (page: Page) => page.getByRole('table', { name: 'Outline of the network' })

/** A layer's line in the outline. */
const line = (page: Page, name: string) =>
  outline(page)
    .getByRole('row')
    .filter({ has: page.getByRole('button', { name, exact: true }) })

const wire = (page: Page, from: string, to: string) => page.getByRole('group', { name: `from ${from} to ${to}` })

const positionOf = (page: Page, name: string) =>
  page.locator(`.svelte-flow__node[data-id="${name}"]`).evaluate((element) => element.style.transform)

describe('what a network costs', () => {
  test('is told for each layer and in total, and follows the settings', async () => {
    const { page } = await openReady()
    await eventually(() => card(page, 'dense1').textContent()).toMatch(/1,984 par\..*3\.97 kFLOPs/s)
    const status = page.getByRole('contentinfo')
    await eventually(() => status.textContent()).toContain('4.1 kFLOPs a row')
    await card(page, 'dense1').click()
    await setField(page, 'Units', '16')
    await eventually(() => card(page, 'dense1').textContent()).toMatch(/496 par\..*992 FLOPs/s)
    await eventually(() => status.textContent()).toContain('513 parameters')
  })
})

describe('inserting', () => {
  test('one key and a name put a layer after the selection, again and again, or into the selected wire', async () => {
    const { page } = await openReady()
    await card(page, 'dense1').click()
    await page.keyboard.press('i')
    await page.getByRole('dialog', { name: 'Insert a layer after dense1' }).waitFor()
    await page.keyboard.type('batch norm')
    await page.keyboard.press('Enter')
    await card(page, 'batchNormalization1').waitFor()
    await eventually(() => page.evaluate(() => document.activeElement?.getAttribute('data-id'))).toBe(
      'batchNormalization1',
    )
    await page.keyboard.press('i')
    await page.keyboard.type('dropout')
    await page.keyboard.press('Enter')
    await wire(page, 'batchNormalization1', 'dropout1').waitFor({ state: 'attached' })
    await wire(page, 'dropout1', 'dense2').waitFor({ state: 'attached' })
    await wire(page, 'input', 'dense1').focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('i')
    await page.getByRole('dialog', { name: 'Insert a layer between input and dense1' }).waitFor()
    await page.keyboard.type('gaussian noise')
    await page.keyboard.press('Enter')
    await wire(page, 'input', 'gaussianNoise1').waitFor({ state: 'attached' })
    await wire(page, 'gaussianNoise1', 'dense1').waitFor({ state: 'attached' })
  })

  test('a wire that was drawn though the shapes do not fit says so at the pointer, with the mend', async () => {
    const { page } = await openReady()
    await chooseSample(page, 'Digits: ten classes')
    await page.getByRole('button', { name: 'New project' }).click()
    await page.getByRole('button', { name: /LeNet/ }).click()
    await card(page, 'conv2D1').waitFor()
    await card(page, 'flatten1').click()
    await page.keyboard.press('Delete')
    await wire(page, 'averagePooling2D2', 'dense1').focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Delete')
    await joinLayers(page, 'averagePooling2D2', 'dense1')
    const hint = page.getByRole('alert').filter({ hasText: /dense/ }).first()
    await hint.waitFor()
    await hint.getByRole('button').click()
    await eventually(() => card(page, 'dense3').textContent()).toContain('[batch, 10]')
  })

  test('a connection that cannot be is told why beside the pointer, and in the list of layers', async () => {
    const { page } = await openReady()
    await page.getByLabel('Output of dense2').hover()
    await page.mouse.down()
    await page.getByLabel('Input of dense1').hover()
    await page.mouse.up()
    const reason = page.getByRole('alert').getByText('A wire from dense2 to dense1 would make a circle')
    await reason.waitFor()
    const [hint, target] = await Promise.all([reason.boundingBox(), page.getByLabel('Input of dense1').boundingBox()])
    expect(Math.abs((hint?.x ?? 0) - (target?.x ?? 0))).toBeLessThan(60)
    expect(Math.abs((hint?.y ?? 0) - (target?.y ?? 0))).toBeLessThan(140)
    await card(page, 'dense2').click()
    await page.keyboard.press('w')
    const option = page.getByRole('option', { name: /dense1.*would make a circle/ })
    expect(await option.getAttribute('aria-disabled')).toBe('true')
  })
})

describe('several layers', () => {
  test('get a setting in common at once, numbers and regularizers alike, and one undo takes it back', async () => {
    const { page } = await openReady()
    await card(page, 'dense1').click()
    await card(page, 'dense2').click({ modifiers: ['ControlOrMeta'] })
    const inspector = page.getByRole('complementary', { name: 'Inspector' })
    await inspector.getByText('Now different: 64, 1').waitFor()
    await setField(page, 'Units', '8')
    await eventually(() => card(page, 'dense1').textContent()).toContain('Dense · 8 · relu')
    await eventually(() => card(page, 'dense2').textContent()).toContain('Dense · 8 · sigmoid')
    await inspector.getByRole('button', { name: 'As in dense1' }).click()
    await card(page, 'dense2').getByText('L1 0.01').waitFor()
    await inspector
      .getByRole('group', { name: 'L1', exact: true })
      .getByRole('textbox', { name: 'Strength' })
      .fill('0.5')
    await page.keyboard.press('Enter')
    await card(page, 'dense1').getByText('L1 0.5').waitFor()
    await card(page, 'dense2').getByText('L1 0.5').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Undo' }).click()
    await card(page, 'dense1').getByText('L1 0.01').waitFor()
    await card(page, 'dense2').getByText('L1 0.01').waitFor()
  })
})

describe('badges', () => {
  test('lead to the form of what they name, and layers of augmentation and noise wear them too', async () => {
    const { page } = await openReady()
    await card(page, 'dense1').getByRole('button', { name: /L1/ }).click()
    await eventually(() =>
      page.evaluate(() => document.activeElement?.closest('[role=group]')?.getAttribute('aria-label')),
    ).toBe('L1')
    await card(page, 'input').click()
    await page.keyboard.press('i')
    await page.keyboard.type('feature masking')
    await page.keyboard.press('Enter')
    const badge = card(page, 'featureMasking1').getByRole('button', { name: /Feature masking/ })
    await badge.first().waitFor()
    await card(page, 'dense1').click()
    await page.keyboard.press('f')
    await card(page, 'dense1')
      .getByRole('button', { name: /^frozen/ })
      .waitFor()
    await badge.first().click()
    expect(await field(page, 'Name').inputValue()).toBe('featureMasking1')
  })
})

describe('undo', () => {
  test('goes back 240 steps over settings, layers, wires and positions, and forth again', async () => {
    const { page } = await openReady()
    const state = async () => ({
      positions: await Promise.all(['input', 'dense1', 'dense2'].map((name) => positionOf(page, name))),
      cards: await page.locator('.svelte-flow__node').allTextContents(),
      wires: await page.locator('.svelte-flow__edge').count(),
    })
    const before = await state()
    await card(page, 'dense1').focus()
    for (let round = 0; round < 48; round++) {
      for (const key of ['Enter', 'f', 'ArrowDown', 'f', 'ControlOrMeta+d', 'Delete']) await page.keyboard.press(key)
    }
    await wire(page, 'dense1', 'dense2').focus()
    for (const key of ['Enter', 'Delete']) await page.keyboard.press(key)
    await card(page, 'dense1').click()
    await setField(page, 'Units', '65')
    await card(page, 'dense1').click()
    const after = await state()
    expect(after).not.toEqual(before)
    const undo = page.getByRole('button', { name: 'Undo' })
    let steps = 0
    for (; (await undo.getAttribute('aria-disabled')) === 'false'; steps++) await page.keyboard.press('ControlOrMeta+z')
    expect(steps).toBeGreaterThanOrEqual(240)
    await eventually(state).toEqual(before)
    for (let step = 0; step < steps; step++) await page.keyboard.press('ControlOrMeta+Shift+z')
    await eventually(state).toEqual(after)
  })
})

describe('by keyboard alone', () => {
  test('the outline tells the network line by line, and layers are chosen, moved, wired, set and deleted in it', async () => {
    const { page } = await openReady()
    await page.getByRole('tab', { name: 'Outline' }).focus()
    await page.keyboard.press('Enter')
    await eventually(() => line(page, 'dense1').textContent()).toMatch(
      /Dense.*input.*\[batch, 64\].*1,984.*3,968.*L1 0\.01/s,
    )
    const choose = async (name: string) => {
      await line(page, name).getByRole('button', { name, exact: true }).focus()
      await page.keyboard.press('Enter')
    }
    const act = async (name: string, action: string) => {
      await line(page, name).getByRole('button', { name: action }).focus()
      await page.keyboard.press('Enter')
    }
    await choose('input')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    expect(
      await line(page, 'dense1').getByRole('button', { name: 'dense1', exact: true }).getAttribute('aria-pressed'),
    ).toBe('true')
    await act('dense1', 'Insert a layer after dense1')
    await page.keyboard.type('dropout')
    await page.keyboard.press('Enter')
    await line(page, 'dropout1').waitFor()
    await act('dropout1', 'Move dropout1 earlier')
    await eventually(() => line(page, 'dense1').textContent()).toContain('dropout1')
    await eventually(() => line(page, 'dropout1').textContent()).toContain('[batch, 30]')
    await act('dense2', 'Delete the wire from dense1 to dense2')
    await eventually(() => line(page, 'dense2').textContent()).toContain('nothing yet')
    await act('dense1', 'Connect dense1 to another layer')
    await page.keyboard.type('dense2')
    await page.keyboard.press('Enter')
    await wire(page, 'dense1', 'dense2').waitFor({ state: 'attached' })
    await act('dense1', 'Settings of dense1')
    await eventually(() => page.evaluate(() => document.activeElement?.matches('aside input'))).toBe(true)
    await act('dropout1', 'Delete dropout1')
    await line(page, 'dropout1').waitFor({ state: 'detached' })
    await wire(page, 'input', 'dense1').waitFor({ state: 'attached' })
  })

  test('the arrow keys move the selected card for good', async () => {
    const { page } = await openReady()
    await card(page, 'dense1').focus()
    await page.keyboard.press('Enter')
    const before = await positionOf(page, 'dense1')
    await page.keyboard.press('Shift+ArrowDown')
    await eventually(() => positionOf(page, 'dense1')).not.toBe(before)
    const moved = await positionOf(page, 'dense1')
    await setField(page, 'Units', '32')
    await eventually(() => card(page, 'dense1').textContent()).toContain('Dense · 32')
    expect(await positionOf(page, 'dense1')).toBe(moved)
  })
})

describe('beginning', () => {
  test('a network is suggested for the table, trains, and Undo brings back the one before', async () => {
    const { page } = await openReady()
    await page.getByRole('button', { name: 'Suggest a network' }).click()
    await eventually(() => card(page, 'dense1').textContent()).toMatch(/Dense · 16 · relu.*L2 0\.001/s)
    await setField(page, 'Epochs', '2')
    await page.getByRole('toolbar').getByRole('button', { name: 'Train', exact: true }).click()
    await page.getByRole('contentinfo').getByText('Finished').waitFor()
    await page.keyboard.press('ControlOrMeta+z')
    await page.keyboard.press('ControlOrMeta+z')
    await card(page, 'dense1').getByText('L1 0.01').waitFor()
  })

  test('a new project is drawn from a template that fits the table, and says which do not fit and why', async () => {
    const { page } = await openReady()
    await page.getByRole('button', { name: 'New project' }).click()
    await page.getByRole('button', { name: /LeNet.*Not for this table: its rows have to be images/ }).waitFor()
    await page.keyboard.press('Escape')
    await chooseSample(page, 'Digits: ten classes')
    await eventually(() => card(page, 'dense1').textContent()).toContain('[batch, 128]')
    await page.getByRole('button', { name: 'New project' }).click()
    await page.getByRole('button', { name: /Small ResNet/ }).click()
    await eventually(() => card(page, 'globalAveragePooling2D1').textContent()).toContain('[batch, 32]')
    await page.getByRole('img', { name: 'Map of the network' }).waitFor()
    const train = page.getByRole('toolbar').getByRole('button', { name: 'Train', exact: true })
    await eventually(() => train.getAttribute('aria-disabled')).toBe('false')
  })
})
