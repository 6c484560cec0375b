/** The workbench's pages under an address of their own: `app://espalier/`. */
import { app, protocol } from 'electron'
import { installation } from '#main/files/installation.ts'
import { readPageFile, securityHeaders } from '#main/files/page.ts'

const scheme = 'app'
const builtPages = `${scheme}://espalier/`

/** Where the workbench is. While developing it is electron-vite's server; an installed app never looks there. */
export function pageAddress(): string {
  const developmentServer = app.isPackaged ? undefined : process.env['ELECTRON_RENDERER_URL']
  return developmentServer ?? builtPages
}

/** Whether an address is one of the workbench's own pages. */
export function isOwnPage(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, host } = new URL(address)
  const own = new URL(pageAddress())
  return protocol === own.protocol && host === own.host
}

/** Gives pages of the scheme an origin and the rules of secure pages; only possible before the app is ready. */
export function registerPages(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
}

/** Serves the built pages, and only them, with the same headers as the browser host. */
export function servePages(): void {
  protocol.handle(scheme, async ({ url }) => {
    const file = isOwnPage(url) ? await readPageFile(installation.renderer, new URL(url).pathname) : null
    if (!file) return new Response(null, { status: 404, headers: securityHeaders })
    return new Response(file.body, { headers: { ...securityHeaders, 'Content-Type': file.type } })
  })
}
