/** The workbench's own pages, as both the desktop shell and the browser host hand them out. */
import { readFile } from 'node:fs/promises'
import { extname, join, resolve, sep } from 'node:path'
import { isMissing } from './missing.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** Scripts, styles and connections of the workbench's own origin; everything else is refused. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Sent with every answer, whatever it is. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), usb=()',
  'Cache-Control': 'no-cache',
}

export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>
  readonly type: string
}

/** The file of a page's address within `folder`; null when there is none or the address leads out of it. */
export async function readPageFile(folder: string, pathname: string): Promise<PageFile | null> {
  let name: string
  try {
    name = decodeURIComponent(pathname)
  } catch {
    return null
  }
  const path = resolve(join(folder, name === '/' ? 'index.html' : name))
  const type = types[extname(path)]
  if (!type || !path.startsWith(folder + sep) || name.includes('\0')) return null
  try {
    return { body: new Uint8Array(await readFile(path)), type }
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
