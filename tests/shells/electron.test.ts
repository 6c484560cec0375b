import type { MenuItemConstructorOptions } from 'electron'
import { existsSync } from 'node:fs'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { installation } from '#main/files/installation.ts'
import { eventChannel, invokeChannel } from '#shared/channels.ts'
import { menuCommands } from '#shared/routes.ts'
import { createElectron, type ElectronStandIn, type Frame } from './electronStandIn.ts'
import { temporaryFolder } from './folders.ts'
import { project } from './project.ts'

let electron: ElectronStandIn

const own = 'app://espalier/'

/** Starts the desktop shell from its first line, in an Electron that a test may prepare. */
async function start(prepare: (electron: ElectronStandIn) => void = () => undefined): Promise<void> {
  electron = createElectron()
  prepare(electron)
  vi.resetModules()
  vi.doMock('electron', () => electron)
  await import('#main/electron/index.ts')
  await electron.app.finishStart()
}

beforeEach(() => {
  vi.unstubAllEnvs()
})

const onlyWindow = () => {
  const [window] = electron.windows
  if (!window) throw new Error('No window was opened.')
  return window
}

/** Calls a route as a frame of this address would. */
function callFrom(frame: Frame | null, ...args: unknown[]): unknown {
  return electron.ipcMain.handlers.get(invokeChannel)?.({ senderFrame: frame }, ...args)
}

/** An event that notes whether it was prevented. */
const preventable = (more: object = {}) => ({ preventDefault: vi.fn(), ...more })

describe('starting', () => {
  test('opens one sandboxed, isolated window on its own page, shown when there is something to see', async () => {
    await start()
    const { options, loadURL, show } = onlyWindow()
    expect(existsSync(String(options.icon))).toBe(true)
    expect(options.webPreferences).toMatchObject({
      preload: installation.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
    })
    expect(electron.app.enableSandbox).toHaveBeenCalled()
    expect(loadURL).toHaveBeenCalledWith(own)
    expect(show).not.toHaveBeenCalled()
    onlyWindow().emit('ready-to-show')
    expect(show).toHaveBeenCalled()
  })

  test('a second time shows the first window instead', async () => {
    await start()
    const window = onlyWindow()
    window.isMinimized.mockReturnValue(true)
    electron.app.emit('second-instance')
    expect(window.restore).toHaveBeenCalled()
    expect(window.focus).toHaveBeenCalled()

    await start(({ app }) => app.requestSingleInstanceLock.mockReturnValue(false))
    expect(electron.app.quit).toHaveBeenCalled()
    expect(electron.windows).toEqual([])
  })

  test('looks at a development server only while it is not packaged', async () => {
    vi.stubEnv('ELECTRON_RENDERER_URL', 'http://localhost:5173')
    await start()
    expect(onlyWindow().loadURL).toHaveBeenCalledWith(own)
    await start(({ app }) => (app.isPackaged = false))
    expect(onlyWindow().loadURL).toHaveBeenCalledWith('http://localhost:5173')
  })

  test('ends with its last window, except on a Mac, and takes the trainer along', async () => {
    vi.stubEnv('ESPALIER_HOME', await temporaryFolder())
    await start()
    const platform = Object.getOwnPropertyDescriptor(process, 'platform') ?? {}
    Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' })
    electron.app.emit('window-all-closed')
    expect(electron.app.quit).not.toHaveBeenCalled()
    Object.defineProperty(process, 'platform', { ...platform, value: 'linux' })
    electron.app.emit('window-all-closed')
    expect(electron.app.quit).toHaveBeenCalled()
    Object.defineProperty(process, 'platform', platform)

    void callFrom({ url: own, parent: null }, 'run.pause', null)
    await vi.waitFor(() => expect(electron.utilityProcess.processes).toHaveLength(1))
    electron.app.emit('will-quit')
    expect(electron.utilityProcess.processes[0]?.kill).toHaveBeenCalled()
  })

  test('again from the dock opens a window only when there is none', async () => {
    await start()
    electron.app.emit('activate')
    expect(electron.windows).toHaveLength(1)
    electron.windows.pop()
    electron.app.emit('activate')
    expect(electron.windows).toHaveLength(1)
  })
})

describe('pages', () => {
  const fetchPage = (url: string) => electron.protocol.handlers.get('app')?.({ url }) ?? Promise.reject(new Error())

  test('come from the built files with a strict policy', async () => {
    await start()
    const response = await fetchPage(own)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('<title>Espalier</title>')
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'; script-src 'self'")
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff')
  })

  test.each(['app://espalier/../package.json', 'app://espalier/..%2fpackage.json', 'app://other/index.html'])(
    'come from nowhere else: %s',
    async (url) => {
      await start()
      expect((await fetchPage(url)).status).toBe(404)
    },
  )

  test('have an origin and the rules of secure pages, and no way around their policy', async () => {
    await start()
    expect(electron.protocol.registerSchemesAsPrivileged).toHaveBeenCalledWith([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ])
  })

  test.each(['will-navigate', 'will-redirect'])('cannot lead away: %s', async (event) => {
    await start()
    for (const url of ['https://evil.example/', 'file:///etc/passwd', 'app://other/', 'javascript:alert(1)', 'x']) {
      const away = preventable({ url })
      onlyWindow().webContents.emit(event, away)
      expect(away.preventDefault, url).toHaveBeenCalled()
    }
    const home = preventable({ url: `${own}index.html` })
    onlyWindow().webContents.emit(event, home)
    expect(home.preventDefault).not.toHaveBeenCalled()
  })

  test('cannot open windows; only web pages are shown, in the browser of the person', async () => {
    await start()
    const open = onlyWindow().webContents.openHandler
    for (const url of ['file:///etc/passwd', 'http://plain.example', 'smb://x', own, 'x']) {
      expect(open?.({ url })).toEqual({ action: 'deny' })
    }
    expect(electron.shell.openExternal).not.toHaveBeenCalled()
    expect(open?.({ url: 'https://onnx.ai/' })).toEqual({ action: 'deny' })
    expect(electron.shell.openExternal).toHaveBeenCalledExactlyOnceWith('https://onnx.ai/')
  })

  test('cannot embed web views', async () => {
    await start()
    const event = preventable()
    onlyWindow().webContents.emit('will-attach-webview', event)
    expect(event.preventDefault).toHaveBeenCalled()
  })

  test('get no permission but writing to the clipboard', async () => {
    await start()
    const { request, check, device } = electron.session.defaultSession
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'usb']) {
      const decide = vi.fn()
      request?.(null, permission, decide)
      expect(decide, permission).toHaveBeenCalledExactlyOnceWith(false)
      expect(check?.(null, permission), permission).toBe(false)
    }
    expect(check?.(null, 'clipboard-sanitized-write')).toBe(true)
    expect(device?.()).toBe(false)
  })

  test('with unsaved changes are only closed when the person says so', async () => {
    await start()
    const stay = preventable()
    onlyWindow().webContents.emit('will-prevent-unload', stay)
    expect(stay.preventDefault).not.toHaveBeenCalled()
    electron.dialog.showMessageBoxSync.mockReturnValueOnce(1)
    const leave = preventable()
    onlyWindow().webContents.emit('will-prevent-unload', leave)
    expect(leave.preventDefault).toHaveBeenCalled()
  })
})

describe('calls', () => {
  test('of the workbench are answered', async () => {
    await start()
    expect(await callFrom({ url: own, parent: null }, 'app.info', null)).toMatchObject({
      ok: true,
      value: { shell: 'electron', folder: null },
    })
  })

  test.each([
    ['a foreign page', { url: 'https://evil.example/', parent: null }],
    ['another host of the scheme', { url: 'app://other/', parent: null }],
    ['a frame within the workbench', { url: own, parent: {} }],
    ['a frame that is gone', null],
  ])('of %s are refused', async (_who, frame) => {
    await start()
    expect(await callFrom(frame, 'app.info', null)).toMatchObject({ ok: false, error: { code: 'invalid' } })
  })

  test('with anything but a route and its input are refused', async () => {
    await start()
    for (const args of [[], [5, null], [{ toString: () => 'app.info' }, null], ['app.info', { extra: 1 }]]) {
      expect(await callFrom({ url: own, parent: null }, ...args)).toMatchObject({ ok: false })
    }
  })
})

describe('dialogs', () => {
  const call = (route: string, input: unknown) => callFrom({ url: own, parent: null }, route, input)

  test('ask over the window, and a person may think better of it', async () => {
    await start()
    expect(await call('project.open', { path: null })).toEqual({ ok: true, value: null })
    expect(electron.dialog.showOpenDialog).toHaveBeenCalledWith(onlyWindow(), {
      properties: ['openFile'],
      filters: [{ name: 'Projects and models', extensions: ['espalier', 'keras', 'onnx'] }],
    })
    expect(await call('data.choose', null)).toEqual({ ok: true, value: null })
    expect(await call('project.save', { path: null, project })).toEqual({ ok: true, value: null })
  })

  test('save projects with their extension, and open what was saved', async () => {
    const folder = await temporaryFolder()
    vi.stubEnv('ESPALIER_HOME', folder)
    await start()
    electron.dialog.showSaveDialog.mockResolvedValueOnce({ canceled: false, filePath: `${folder}/mine` })
    expect(await call('project.save', { path: null, project })).toMatchObject({
      value: { path: `${folder}/mine.espalier` },
    })
    expect(electron.dialog.showSaveDialog.mock.lastCall?.[1].defaultPath).toBe(
      '/home/person/documents/iris-a-test.espalier',
    )
    electron.dialog.showOpenDialog.mockResolvedValueOnce({ canceled: false, filePaths: [`${folder}/mine.espalier`] })
    expect(await call('project.open', { path: null })).toMatchObject({ value: { project } })
    expect(await call('project.recent', null)).toMatchObject({ value: [{ name: 'mine' }] })
  })
})

test('the trainer is a utility process that answers the calls given to it, and whose end is told', async () => {
  vi.stubEnv('ESPALIER_HOME', await temporaryFolder())
  await start()
  const described = callFrom({ url: own, parent: null }, 'data.describe', {
    path: null,
    data: project.data,
    seed: 1,
    terminals: { inputs: [], outputs: [], indices: [] },
  })
  await vi.waitFor(() => expect(electron.utilityProcess.processes).toHaveLength(1))
  expect(electron.utilityProcess.fork).toHaveBeenCalledWith(
    installation.trainer,
    [installation.data],
    expect.anything(),
  )
  const [child] = electron.utilityProcess.processes
  expect(child?.postMessage.mock.lastCall).toMatchObject([
    { command: 'data.describe', input: { folder: '/home/person/documents' } },
  ])
  child?.emit('message', { type: 'run', message: { type: 'resumed' } })
  expect(onlyWindow().webContents.send).toHaveBeenCalledWith(eventChannel, {
    event: 'run',
    messages: [{ type: 'resumed' }],
  })
  child?.emit('exit', 134)
  expect(await described).toMatchObject({ ok: false, error: { code: 'crashed' } })
})

describe('the menu', () => {
  const itemsOf = (items: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
    items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? itemsOf(item.submenu) : [])])
  const menuItems = () => itemsOf(electron.Menu.setApplicationMenu.mock.lastCall?.[0] ?? [])

  test('sends each command of the workbench to its windows', async () => {
    await start()
    const { send } = onlyWindow().webContents
    for (const { click } of menuItems()) Reflect.apply(click ?? (() => undefined), undefined, [])
    const sent = send.mock.calls.map(([channel, event]) => ({ channel, event }))
    expect(sent.map(({ event }) => Reflect.get(Object(event), 'name')).sort()).toEqual([...menuCommands].sort())
    expect(new Set(sent.map(({ channel }) => channel))).toEqual(new Set([eventChannel]))
  })

  test('has the tools of developers only while developing', async () => {
    await start()
    expect(menuItems().some(({ role }) => role === 'toggleDevTools')).toBe(false)
    await start(({ app }) => (app.isPackaged = false))
    expect(menuItems().some(({ role }) => role === 'toggleDevTools')).toBe(true)
  })
})
