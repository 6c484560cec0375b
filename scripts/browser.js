/** Which browser the end-to-end tests drive: one that is there, or one that can be fetched. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** Chrome, Chromium and Edge by the names and places their installers give them. */
const names = [
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'chromium',
  'chromium-browser',
  'microsoft-edge-stable',
  'microsoft-edge',
]

/** @type {readonly string[]} */
const places =
  process.platform === 'darwin'
    ? [
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
        '/Applications/Chromium.app/Contents/MacOS/Chromium',
        '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
      ]
    : process.platform === 'win32'
      ? ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((variable) =>
          ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'].map((path) =>
            join(process.env[variable] ?? 'C:\\', path),
          ),
        )
      : (process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)))

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Whether this machine has a screen a window can open on. */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'])
}

/** The Electron binary, when it has been fetched; else null. Never downloads. */
export function electronBinary() {
  const folder = dirname(require.resolve('electron/package.json'))
  const note = join(folder, 'path.txt')
  if (!existsSync(note)) return null
  const path = join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'), readFileSync(note, 'utf8'))
  return isExecutable(path) ? path : null
}

/**
 * A browser that is already there; null without one. `ESPALIER_BROWSER` names one outright.
 * @returns {{ kind: 'chromium' | 'electron', path: string } | null}
 */
export function findBrowser() {
  const named = process.env['ESPALIER_BROWSER']
  if (named) {
    if (!isExecutable(named)) throw new Error(`ESPALIER_BROWSER names ${named}, which is not a program.`)
    return { kind: /electron(\.exe)?$/i.test(named) ? 'electron' : 'chromium', path: named }
  }
  const path = places.find(isExecutable) ?? playwrightBrowser()
  if (path) return { kind: 'chromium', path }
  const electron = hasDisplay() ? electronBinary() : null
  return electron ? { kind: 'electron', path: electron } : null
}

/** The Chromium that Playwright keeps for itself, when it has one. */
function playwrightBrowser() {
  const { chromium } = require('playwright-core')
  const path = chromium.executablePath()
  return path && isExecutable(path) ? path : null
}

/**
 * Runs a program whose words matter only when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 */
function attempt(command, args) {
  const { status } = spawnSync(command, args, {
    stdio: 'ignore',
    timeout: 300_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return status === 0
}

/**
 * Finds a browser or fetches one: Playwright's, then, as root on Debian or Ubuntu, the distribution's chromium.
 * Throws one sentence when none can be had.
 */
export function provideBrowser() {
  const found = findBrowser()
  if (found) return found

  console.log('No Chrome, Chromium, Edge or Electron here: trying to download the Chromium of Playwright ...')
  const cli = join(dirname(require.resolve('playwright-core/package.json')), 'cli.js')
  attempt(process.execPath, [cli, 'install', 'chromium'])
  const downloaded = findBrowser()
  if (downloaded && starts(downloaded.path)) return downloaded

  if (process.platform === 'linux' && process.getuid?.() === 0 && isExecutable('/usr/bin/apt-get')) {
    console.log('That did not work: trying to install chromium with apt-get ...')
    const install = () => attempt('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'])
    if (!install() && attempt('apt-get', ['update'])) install()
    const installed = places.find((path) => isExecutable(path) && starts(path))
    if (installed) return { kind: /** @type {const} */ ('chromium'), path: installed }
  }
  throw new Error(
    'The end-to-end tests need a browser: install Chrome, Chromium or Edge, or name one in ESPALIER_BROWSER.',
  )
}

/**
 * Whether a browser runs at all; a downloaded one can lack the libraries of a bare machine.
 * @param {string} path
 */
function starts(path) {
  return attempt(path, ['--version'])
}
