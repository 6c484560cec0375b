/** The application's menu: the system's roles, and the workbench's commands of File and Run. */
import { app, Menu, type MenuItemConstructorOptions } from 'electron'
import type { MenuCommand } from '#shared/routes.ts'
import { sendEvent } from './calls.ts'

const item = (label: string, name: MenuCommand, accelerator?: string): MenuItemConstructorOptions => ({
  label,
  ...(accelerator ? { accelerator } : {}),
  click: () => sendEvent({ event: 'command', name }),
})

const separator: MenuItemConstructorOptions = { type: 'separator' }

/** Sets the menu; tools for developers are there only while developing. */
export function setMenu(): void {
  const isMac = process.platform === 'darwin'
  const file = [
    item('Open…', 'open', 'CmdOrCtrl+O'),
    item('Save', 'save', 'CmdOrCtrl+S'),
    item('Save As…', 'saveAs', 'CmdOrCtrl+Shift+S'),
    separator,
    item('Export Model…', 'export', 'CmdOrCtrl+E'),
    separator,
    { role: isMac ? 'close' : 'quit' } as const,
  ]
  const run = [
    item('Train', 'train'),
    item('Pause', 'pause'),
    item('Stop', 'stop'),
    separator,
    item('Command Palette…', 'palette', 'CmdOrCtrl+K'),
  ]
  const view: MenuItemConstructorOptions[] = [
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    separator,
    { role: 'togglefullscreen' },
    ...(app.isPackaged ? [] : [separator, { role: 'reload' } as const, { role: 'toggleDevTools' } as const]),
  ]
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(isMac ? [{ role: 'appMenu' } as const] : []),
      { label: 'File', submenu: file },
      { role: 'editMenu' },
      { label: 'Run', submenu: run },
      { label: 'View', submenu: view },
      { role: 'windowMenu' },
    ]),
  )
}
