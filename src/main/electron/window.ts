/** The workbench's window. */
import { BrowserWindow, dialog } from 'electron'
import { installation } from '#main/files/installation.ts'
import { pageAddress } from './pages.ts'

/** Opens the window; it is shown once there is something in it. */
export function openWindow(): BrowserWindow {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    show: false,
    title: 'Espalier',
    icon: installation.icon,
    webPreferences: {
      preload: installation.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  })
  window.once('ready-to-show', () => window.show())
  // The page objects to being closed while its document has changes that are not saved.
  window.webContents.on('will-prevent-unload', (event) => {
    const leave = 1
    const answer = dialog.showMessageBoxSync(window, {
      type: 'question',
      message: 'Close without saving?',
      detail: 'The project has changes that are not saved. They are lost when the window closes.',
      buttons: ['Keep editing', 'Close without saving'],
      defaultId: 0,
      cancelId: 0,
    })
    if (answer === leave) event.preventDefault()
  })
  void window.loadURL(pageAddress())
  return window
}
