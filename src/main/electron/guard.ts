/** What no page may do, whatever it shows: leave, open windows, embed others, ask for the machine's devices. */
import { app, type Session, shell } from 'electron'
import { isOwnPage } from './pages.ts'

/** Pages that a person may look at in their own browser; the workbench itself never leaves its address. */
const isWebPage = (address: string): boolean => URL.canParse(address) && new URL(address).protocol === 'https:'

/** Refuses navigation, new windows and embedded contents in every page that is ever made. */
export function guardContents(): void {
  app.on('web-contents-created', (_created, contents) => {
    contents.on('will-navigate', (navigation) => {
      if (!isOwnPage(navigation.url)) navigation.preventDefault()
    })
    contents.on('will-redirect', (navigation) => {
      if (!isOwnPage(navigation.url)) navigation.preventDefault()
    })
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(({ url }) => {
      if (isWebPage(url)) void shell.openExternal(url)
      return { action: 'deny' }
    })
  })
}

/** Refuses every permission but writing to the clipboard, which is how exact values are copied. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, decide) =>
    decide(permission === 'clipboard-sanitized-write'),
  )
  session.setPermissionCheckHandler((_contents, permission) => permission === 'clipboard-sanitized-write')
  session.setDevicePermissionHandler(() => false)
}
