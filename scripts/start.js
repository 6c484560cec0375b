#!/usr/bin/env node
/** Opens the workbench: in Electron where that can run, else in the browser, saying why. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { electronBinary, hasDisplay } from './browser.js'
import { build, root } from './build.js'

/** A desktop app that ends itself sooner than this did not start. */
const shortestVisit = 5000

/** Why no window can open here; null when one can. */
function obstacle() {
  if (!hasDisplay()) return 'there is no display'
  if (process.platform === 'linux' && process.getuid?.() === 0)
    return 'Electron keeps its sandbox, which root cannot use'
  if (electronBinary()) return null
  console.log('Fetching Electron, which takes a minute ...')
  const installer = join(root, 'node_modules/electron/install.js')
  spawnSync(process.execPath, [installer], { stdio: 'ignore', timeout: 180_000 })
  return electronBinary() ? null : 'the Electron binary could not be downloaded'
}

/**
 * Runs a program until it ends; our own end waits for it, so that Ctrl-C reaches it first.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} folder
 * @returns {Promise<number>}
 */
function run(program, args, folder) {
  const child = spawn(program, args, { stdio: 'inherit', cwd: folder })
  const ignore = () => undefined
  process.on('SIGINT', ignore)
  const pass = () => child.kill('SIGTERM')
  process.on('SIGTERM', pass)
  return new Promise((done) => {
    /** @param {number} code */
    const end = (code) => {
      process.off('SIGINT', ignore)
      process.off('SIGTERM', pass)
      done(code)
    }
    child.on('error', () => end(1))
    child.on('exit', (code, signal) => end(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1)))
  })
}

/** Opens the window and waits until it is closed; returns why it did not open, or null. */
async function openWindow() {
  const reason = obstacle()
  const binary = electronBinary()
  if (reason !== null || binary === null) return reason ?? 'Electron is missing'
  const opened = Date.now()
  const code = await run(binary, [root], root)
  return code !== 0 && Date.now() - opened < shortestVisit ? `Electron ended at once with code ${code}` : null
}

/** Serves the workbench to a browser; the person's projects are kept in a folder of their own. */
async function openInBrowser() {
  const home = process.env['ESPALIER_HOME']
  const folder = home ? join(home, 'projects') : join(homedir(), 'Espalier')
  mkdirSync(folder, { recursive: true })
  return run(process.execPath, [join(root, 'out/main/cli.js'), 'serve', '--folder', folder], root)
}

try {
  await build()
  const reason = await openWindow()
  if (reason !== null) {
    console.log(`No window of its own, because ${reason}: the workbench runs in the browser.`)
    process.exitCode = await openInBrowser()
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
