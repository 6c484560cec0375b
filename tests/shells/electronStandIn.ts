/** A stand-in for Electron: every call that the desktop shell makes is here, takes what Electron's takes, and is noted. */
import { EventEmitter } from 'node:events'
import { vi } from 'vitest'
import type {
  BrowserWindowConstructorOptions,
  HandlerDetails,
  MenuItemConstructorOptions,
  MessageBoxSyncOptions,
  OpenDialogOptions,
  SaveDialogOptions,
  WindowOpenHandlerResponse,
} from 'electron'

type PermissionRequest = (contents: null, permission: string, decide: (granted: boolean) => void) => void
type PermissionCheck = (contents: null, permission: string) => boolean
/** A frame as far as it tells who is calling. */
export interface Frame {
  readonly url: string
  readonly parent: unknown
}

type CallHandler = (call: { readonly senderFrame: Frame | null }, ...args: unknown[]) => unknown

class WebContents extends EventEmitter {
  readonly send = vi.fn<(channel: string, ...args: unknown[]) => void>()
  openHandler: ((details: Pick<HandlerDetails, 'url'>) => WindowOpenHandlerResponse) | null = null
  setWindowOpenHandler(handler: (details: Pick<HandlerDetails, 'url'>) => WindowOpenHandlerResponse): void {
    this.openHandler = handler
  }
}

export type ElectronStandIn = ReturnType<typeof createElectron>

/** An Electron in which nothing has happened yet. */
export function createElectron() {
  const windows: BrowserWindow[] = []

  class BrowserWindow extends EventEmitter {
    static getAllWindows = (): BrowserWindow[] => windows
    static getFocusedWindow = (): BrowserWindow | null => windows[0] ?? null
    readonly webContents = new WebContents()
    readonly options: BrowserWindowConstructorOptions
    readonly loadURL = vi.fn((_address: string) => Promise.resolve())
    readonly show = vi.fn()
    readonly focus = vi.fn()
    readonly restore = vi.fn()
    readonly isMinimized = vi.fn(() => false)
    readonly isDestroyed = vi.fn(() => false)
    constructor(options: BrowserWindowConstructorOptions) {
      super()
      this.options = options
      windows.push(this)
      app.emit('web-contents-created', {}, this.webContents)
    }
  }

  class UtilityProcess extends EventEmitter {
    readonly postMessage = vi.fn<(message: unknown) => void>()
    readonly kill = vi.fn(() => true)
  }

  let becomeReady: () => void = () => undefined
  const ready = new Promise<void>((resolve) => (becomeReady = resolve))

  const app = Object.assign(new EventEmitter(), {
    isPackaged: true,
    requestSingleInstanceLock: vi.fn(() => true),
    enableSandbox: vi.fn(),
    quit: vi.fn(),
    getPath: vi.fn((name: string) => `/home/person/${name}`),
    whenReady: () => ready,
    /** Lets the app become ready, and everything that waits for it happen. */
    async finishStart(): Promise<void> {
      becomeReady()
      await ready
      await Promise.resolve()
    },
  })

  const session = {
    defaultSession: {
      request: null as PermissionRequest | null,
      check: null as PermissionCheck | null,
      device: null as (() => boolean) | null,
      setPermissionRequestHandler(handler: PermissionRequest): void {
        this.request = handler
      },
      setPermissionCheckHandler(handler: PermissionCheck): void {
        this.check = handler
      },
      setDevicePermissionHandler(handler: () => boolean): void {
        this.device = handler
      },
    },
  }

  const protocol = {
    registerSchemesAsPrivileged: vi.fn<(schemes: { scheme: string; privileges: Record<string, boolean> }[]) => void>(),
    handlers: new Map<string, (request: { url: string }) => Promise<Response>>(),
    handle(scheme: string, handler: (request: { url: string }) => Promise<Response>): void {
      protocol.handlers.set(scheme, handler)
    },
  }

  const ipcMain = {
    handlers: new Map<string, CallHandler>(),
    handle(channel: string, handler: CallHandler): void {
      ipcMain.handlers.set(channel, handler)
    },
  }

  const dialog = {
    showOpenDialog: vi.fn((_window: BrowserWindow, _options: OpenDialogOptions) =>
      Promise.resolve({ canceled: true, filePaths: [] as string[] }),
    ),
    showSaveDialog: vi.fn((_window: BrowserWindow, _options: SaveDialogOptions) =>
      Promise.resolve({ canceled: true, filePath: '' }),
    ),
    showMessageBoxSync: vi.fn((_window: BrowserWindow, _options: MessageBoxSyncOptions) => 0),
  }

  const Menu = {
    buildFromTemplate: vi.fn((template: MenuItemConstructorOptions[]) => template),
    setApplicationMenu: vi.fn<(menu: MenuItemConstructorOptions[]) => void>(),
  }

  const utilityProcess = {
    processes: [] as UtilityProcess[],
    fork: vi.fn((_path: string, _args: string[], _options: { serviceName: string; stdio: string }) => {
      const child = new UtilityProcess()
      utilityProcess.processes.push(child)
      return child
    }),
  }

  const shell = { openExternal: vi.fn((_address: string) => Promise.resolve()) }

  const contextBridge = { exposeInMainWorld: vi.fn<(key: string, api: unknown) => void>() }

  const ipcRenderer = Object.assign(new EventEmitter(), {
    invoke: vi.fn((_channel: string, ..._args: unknown[]) => Promise.resolve<unknown>({ ok: true, value: null })),
  })

  return {
    app,
    BrowserWindow,
    contextBridge,
    dialog,
    ipcMain,
    ipcRenderer,
    Menu,
    protocol,
    session,
    shell,
    utilityProcess,
    /** The windows that are open. */
    windows,
  }
}
