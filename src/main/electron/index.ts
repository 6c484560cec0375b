/** The desktop shell: one app, its window, and the trainer beside it. */
import { app, BrowserWindow, session } from 'electron'
import { join } from 'node:path'
import { homeFolder } from '#main/files/home.ts'
import { installation } from '#main/files/installation.ts'
import { reachEverywhere } from '#main/files/reach.ts'
import { createHandlers } from '#main/handlers/index.ts'
import { createTrainerClient } from '#main/trainer/client.ts'
import { answerCalls, sendEvent } from './calls.ts'
import { dialogs } from './dialogs.ts'
import { guardContents, guardSession } from './guard.ts'
import { setMenu } from './menu.ts'
import { registerPages, servePages } from './pages.ts'
import { startTrainerProcess } from './trainerProcess.ts'
import { openWindow } from './window.ts'

function start(): void {
  servePages()
  guardSession(session.defaultSession)
  setMenu()

  const home = homeFolder()
  const documents = app.getPath('documents')
  const trainer = createTrainerClient(startTrainerProcess)
  const handlers = createHandlers({
    shell: 'electron',
    home,
    resources: installation.resources,
    folder: documents,
    uploads: join(home, 'uploads'),
    reach: reachEverywhere(documents),
    dialogs,
    trainer,
    send: sendEvent,
  })
  answerCalls(handlers)
  openWindow()

  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) openWindow()
  })
  app.on('will-quit', () => trainer.close())
}

// A second start shows the first one's window: two apps would write the same files.
if (app.requestSingleInstanceLock()) {
  app.enableSandbox()
  registerPages()
  guardContents()
  app.on('second-instance', () => {
    const [window] = BrowserWindow.getAllWindows()
    if (window?.isMinimized()) window.restore()
    window?.focus()
  })
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  void app.whenReady().then(start)
} else {
  app.quit()
}
