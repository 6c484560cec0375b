/** The contract over Electron's channels. */
import { BrowserWindow, ipcMain } from 'electron'
import { eventChannel, invokeChannel } from '#shared/channels.ts'
import { invoke } from '#shared/dispatch.ts'
import { CallError } from '#shared/result.ts'
import type { AppEvent, Handlers } from '#shared/routes.ts'
import { isOwnPage } from './pages.ts'

/** Answers the calls of the workbench's own main frames; anyone else gets a Failure. */
export function answerCalls(handlers: Handlers): void {
  ipcMain.handle(invokeChannel, (call, route: unknown, input: unknown) => {
    const frame = call.senderFrame
    const isWorkbench = frame !== null && frame.parent === null && isOwnPage(frame.url)
    if (!isWorkbench || typeof route !== 'string') {
      return { ok: false, error: new CallError('invalid', 'Only the workbench may call Espalier.').failure }
    }
    return invoke(handlers, route, input)
  })
}

/** Hands an event to every window. */
export function sendEvent(event: AppEvent): void {
  for (const window of BrowserWindow.getAllWindows()) {
    if (!window.isDestroyed()) window.webContents.send(eventChannel, event)
  }
}
