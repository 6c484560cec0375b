/** Looking at a project and changing it, as a person would, in a real browser. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { card, chooseSample, eventually, field, openReady, setField } from './actions.ts'

/** Chooses a CSV file of this content as the project's table. */
async function chooseTable(page: Page, name: string, text: string): Promise<void> {
  const choosing = page.waitForEvent('filechooser')
  await page.getByRole('region', { name: 'Data', exact: true }).getByRole('button', { name: 'Change' }).click()
  await (await choosing).setFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
}

describe('a first start', () => {
  test('shows a sample with its network, its shapes and its data, ready to train', async () => {
    const { page } = await openReady()
    await eventually(() => card(page, 'dense1').textContent()).toMatch(/Dense · 64 · relu.*\[batch, 64\].*1,984/s)
    expect(await card(page, 'dense1').getByText('L1 0.01').isVisible()).toBe(true)
    expect(await page.getByRole('region', { name: 'Data', exact: true }).textContent()).toMatch(
      /breast_cancer.*diagnosis.*569/s,
    )
    expect(await page.getByRole('contentinfo').textContent()).toMatch(/Ready.*2,049 parameters.*onnxruntime/s)
    expect(await page.getByRole('button', { name: 'Train', exact: true }).first().isEnabled()).toBe(true)
  })
})

describe('editing', () => {
  test('changing units changes shapes and parameters, and undo brings them back', async () => {
    const { page } = await openReady()
    await card(page, 'dense1').click()
    await setField(page, 'Units', '16')
    await eventually(() => card(page, 'dense1').textContent()).toMatch(/\[batch, 16\].*496 par/s)
    await eventually(() => card(page, 'dense2').textContent()).toMatch(/17 par/)
    await page.getByRole('button', { name: 'Undo' }).click()
    await eventually(() => card(page, 'dense1').textContent()).toMatch(/\[batch, 64\].*1,984 par/s)
    await page.getByRole('button', { name: 'Redo' }).click()
    await eventually(() => card(page, 'dense1').textContent()).toMatch(/\[batch, 16\]/)
  })

  test('a number out of range is refused in one sentence and changes nothing', async () => {
    const { page } = await openReady()
    await card(page, 'dense1').click()
    await setField(page, 'Units', '0')
    const refusals = page.getByRole('alert')
    await eventually(() => refusals.allTextContents()).toEqual([expect.stringMatching(/dense1.*Units.*0.*from 1/)])
    expect(await card(page, 'dense1').textContent()).toContain('[batch, 64]')
    await setField(page, 'Units', 'many')
    await eventually(() => refusals.allTextContents()).toEqual([expect.stringMatching(/Units.*many.*not a number/)])
    await field(page, 'Units').press('Escape')
    expect(await field(page, 'Units').inputValue()).toBe('64')
  })

  test('regularizers are added, set and removed in the inspector, and the card wears their badge', async () => {
    const { page } = await openReady()
    await card(page, 'dense2').click()
    await page.getByRole('combobox', { name: 'Add to Kernel regularization' }).selectOption({ label: 'L2' })
    await card(page, 'dense2').getByText('L2 0.01').waitFor()
    const group = page.getByRole('group', { name: 'L2', exact: true })
    await group.getByRole('slider').press('ArrowRight')
    await eventually(() => group.getByRole('textbox', { name: 'Strength' }).inputValue()).toBe('0.0126')
    await group.getByRole('button', { name: /Restore the default of Strength/ }).click()
    await card(page, 'dense2').getByText('L2 0.01').waitFor()
    await page.getByRole('button', { name: 'Remove L2 from Kernel regularization' }).click()
    await card(page, 'dense2').getByText('L2').waitFor({ state: 'detached' })
  })

  test('an added layer is wired in, deleting it joins its neighbours again, renaming keeps the wires', async () => {
    const { page } = await openReady()
    await card(page, 'dense1').click()
    await setField(page, 'Name', 'dense2')
    await page.getByRole('alert').getByText('Another layer is called dense2').waitFor()
    await setField(page, 'Name', 'hidden')
    await card(page, 'hidden').waitFor()
    await page.getByRole('button', { name: 'Add Dropout' }).click()
    await eventually(() => card(page, 'dropout1').textContent()).toContain('[batch, 64]')
    await page.getByRole('group', { name: 'from dropout1 to dense2' }).waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Delete layer' }).click()
    await card(page, 'dropout1').waitFor({ state: 'detached' })
    await page.getByRole('group', { name: 'from hidden to dense2' }).waitFor({ state: 'attached' })
    await eventually(() => card(page, 'dense2').textContent()).toContain('[batch, 1]')
  })

  test('a connection that cannot be is refused with its reason', async () => {
    const { page } = await openReady()
    await page.getByLabel('Output of input').hover()
    await page.mouse.down()
    await page.getByLabel('Input of dense2').hover()
    await page.mouse.up()
    await page.getByRole('alert').getByText('dense2 takes one input and already has dense1').waitFor()
  })

  test('what keeps the project from training is listed, disables Train with the reason, and leads to its place', async () => {
    const { page } = await openReady()
    await card(page, 'dense2').click()
    await setField(page, 'Units', '3')
    await page.getByRole('tab', { name: /Problems/ }).click()
    const problem = page.getByRole('tabpanel').getByRole('button', { name: /dense2/ })
    await problem.waitFor()
    const train = page.getByRole('toolbar').getByRole('button', { name: 'Train', exact: true })
    expect(await train.getAttribute('aria-disabled')).toBe('true')
    expect(await train.getAttribute('title')).toMatch(/problem/)
    await page.keyboard.press('Escape')
    await problem.click()
    expect(await field(page, 'Name').inputValue()).toBe('dense2')
  })
})

describe('data', () => {
  test('a CSV file of one’s own is read, its target guessed, and types can be overridden', async () => {
    const { page } = await openReady()
    const rows = Array.from({ length: 40 }, (_, row) => `${row % 7},${(row * 3) % 11},${row % 2 ? 'yes' : 'no'}`)
    await chooseTable(page, 'own.csv', ['a,b,label', ...rows].join('\n'))
    const data = page.getByRole('region', { name: 'Data', exact: true })
    await data.getByText('own.csv').waitFor()
    await eventually(() => data.getByRole('combobox', { name: 'Target' }).inputValue()).toBe('label')
    await eventually(() => card(page, 'dense1').textContent()).toContain('192 par')
    await page.getByRole('tab', { name: 'Data preview' }).click()
    await page.getByRole('combobox', { name: 'Type of a' }).selectOption('category')
    await eventually(() => card(page, 'input').textContent()).toContain('[batch, 8]')
  })

  test('a file that is no table is refused in one sentence', async () => {
    const { page } = await openReady()
    await chooseTable(page, 'empty.csv', '')
    await page
      .getByRole('region', { name: 'Data', exact: true })
      .getByText(/empty\.csv/)
      .first()
      .waitFor()
    await page.getByRole('tab', { name: /Problems/ }).click()
    const problem = page.getByRole('tabpanel').getByRole('button')
    await problem.first().waitFor()
    expect(await problem.first().textContent()).toMatch(/empty\.csv.*\./s)
  })
})

describe('the keyboard', () => {
  test('opens samples, searches and adds layers, deletes and undoes without a mouse', async () => {
    const { page } = await openReady()
    await page.keyboard.press('ControlOrMeta+k')
    await page.keyboard.type('sample iris')
    await page.keyboard.press('Enter')
    await page.getByText('setosa').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('dropout')
    await page.keyboard.press('Enter')
    await card(page, 'dropout1').waitFor()
    await page.keyboard.press('F6')
    expect(await page.evaluate(() => document.activeElement?.closest('[data-panel]')?.getAttribute('data-panel'))).toBe(
      'canvas',
    )
    await page.keyboard.press('Delete')
    await card(page, 'dropout1').waitFor({ state: 'detached' })
    await page.keyboard.press('ControlOrMeta+z')
    await card(page, 'dropout1').waitFor()
    await page.keyboard.press('ControlOrMeta+Shift+z')
    await card(page, 'dropout1').waitFor({ state: 'detached' })
    await page.keyboard.press('ControlOrMeta+a')
    await page.getByText(/layers selected/).waitFor()
  })

  test('saves into the folder the host was started in', async () => {
    const { page, folder } = await openReady()
    await page.keyboard.press('ControlOrMeta+s')
    await page
      .getByRole('status')
      .getByText(/^Saved as/)
      .waitFor()
    const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.espalier'))
    expect(JSON.parse(await readFile(join(folder, file), 'utf8'))).toMatchObject({ format: 'espalier' })
  })
})

describe('for everyone', () => {
  test('every control has a role and a name, on every tab and in every dialog', async () => {
    const { page } = await openReady()
    const unnamed = async () => {
      const snapshot = await page.locator('body').ariaSnapshot()
      return snapshot
        .split('\n')
        .filter((line) =>
          /^\s*- (button|textbox|combobox|switch|slider|tab|link|checkbox|searchbox|separator)\b(?! ")/.test(line),
        )
    }
    await card(page, 'dense1').click()
    for (const tab of ['Loss & penalties', 'Metrics', 'Weights', 'Data preview', 'Problems']) {
      await page.getByRole('tab', { name: tab }).click()
      expect(await unnamed()).toEqual([])
    }
    await page.getByRole('button', { name: 'Open a project' }).click()
    await page.getByRole('dialog').getByText('Samples').waitFor()
    expect(await unnamed()).toEqual([])
  })

  test('text stands out at least 4.5 to 1, in the light and in the dark', async () => {
    const { page } = await openReady()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await eventually(() => page.locator('html').getAttribute('data-theme')).toBe(colorScheme)
      expect(await page.evaluate(faintPairs)).toEqual([])
    }
  })

  test('a reload needs no token in the address, and keeps theme and layout', async () => {
    const { page } = await openReady()
    expect(page.url()).not.toContain('token')
    await page.getByRole('button', { name: /^Theme/ }).click()
    await page.getByRole('button', { name: /^Theme: light/ }).click()
    await page.getByRole('button', { name: 'Show or hide the drawer' }).click()
    await page.reload()
    await card(page, 'dense1').waitFor()
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
    expect(await page.getByRole('tablist').count()).toBe(0)
  })
})

describe('samples', () => {
  test('each opens without a problem', async () => {
    const { page } = await openReady()
    await page.getByRole('button', { name: 'Open a project' }).click()
    const titles = await page
      .getByRole('dialog')
      .getByRole('list', { name: 'Samples' })
      .locator('strong')
      .allTextContents()
    await page.keyboard.press('Escape')
    expect(titles.length).toBeGreaterThanOrEqual(6)
    for (const title of titles) {
      await chooseSample(page, title)
      const train = page.getByRole('toolbar').getByRole('button', { name: 'Train', exact: true })
      await eventually(() => train.getAttribute('aria-disabled')).toBe('false')
    }
  })
})

/** Runs in the page: pairs of tokens that are used as text and ground but stand out too little. */
function faintPairs(): string[] {
  const probe = document.createElement('span')
  document.body.append(probe)
  const luminance = (token: string): number => {
    probe.style.color = `var(--${token})`
    const parts = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number)
    const [red = 0, green = 0, blue = 0] = parts.map((part) => {
      const value = part / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const contrast = (a: string, b: string): number => {
    const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
    return (high + 0.05) / (low + 0.05)
  }
  const grounds = ['surface-canvas', 'surface-panel', 'surface-raised', 'surface-sunken']
  const inks = ['text', 'text-quiet', 'accent', 'warning', 'error']
  const pairs = [
    ...grounds.flatMap((ground) => inks.map((ink) => [ink, ground] as const)),
    ['on-accent', 'accent'] as const,
    ['on-accent', 'accent-hover'] as const,
    ['text', 'surface-selected'] as const,
    ['text', 'surface-hover'] as const,
    ['warning', 'warning-surface'] as const,
    ['error', 'error-surface'] as const,
  ]
  return pairs.filter(([ink, ground]) => contrast(ink, ground) < 4.5).map(([ink, ground]) => `${ink} on ${ground}`)
}
