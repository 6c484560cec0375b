#!/usr/bin/env node
/**
 * Builds out/ with electron-vite: `node scripts/build.js [main]`.
 * A build goes into a folder of its own and is moved into place when it is whole, so a running program
 * never meets a half-written one; a second build at the same time waits for the first.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const out = join(root, 'out')

/** What each part is built from; the main part's build knows nothing of the renderer. */
const sources = {
  main: ['src/engine', 'src/shared', 'src/main'],
  preload: ['src/preload', 'src/shared'],
  renderer: ['src/engine', 'src/shared', 'src/renderer'],
}
const common = ['electron.vite.config.ts', 'package.json', 'tsconfig.base.json']

/**
 * @typedef {keyof typeof sources} Part
 * @type {readonly Part[]}
 */
const allParts = ['main', 'preload', 'renderer']

/**
 * Milliseconds of the newest change in a file or folder.
 * @param {string} path
 * @returns {number}
 */
function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((entry) => newest(join(path, entry))))
}

/**
 * Whether a part has to be built again.
 * @param {Part} part
 */
function isStale(part) {
  const stamp = join(out, part, '.built')
  if (!existsSync(stamp)) return true
  const built = Number(readFileSync(stamp, 'utf8'))
  return [...sources[part], ...common].some((path) => newest(join(root, path)) > built)
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits until no other build is going; returns how to let the next one in. */
async function takeTurn() {
  const lock = join(out, '.building')
  mkdirSync(out, { recursive: true })
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return () => rmSync(lock, { force: true })
    } catch {
      const pid = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0
      if (pid > 0 && !isRunning(pid)) rmSync(lock, { force: true })
      else await wait(100)
    }
  }
}

/**
 * Runs electron-vite; its words are shown only when it fails.
 * @param {string} folder
 * @param {boolean} mainOnly
 * @returns {Promise<void>}
 */
function runElectronVite(folder, mainOnly) {
  const bin = join(root, 'node_modules/electron-vite/bin/electron-vite.js')
  const child = spawn(process.execPath, [bin, 'build', '--logLevel', 'warn'], {
    cwd: root,
    env: { ...process.env, ESPALIER_OUT: folder, ESPALIER_PARTS: mainOnly ? 'main' : 'all' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let words = ''
  child.stdout.on('data', (chunk) => (words += chunk))
  child.stderr.on('data', (chunk) => (words += chunk))
  return new Promise((done, failed) => {
    child.on('error', failed)
    child.on('close', (code) => (code === 0 ? done() : failed(new Error(`The build failed.\n${words}`))))
  })
}

/**
 * Builds what is older than its sources; returns the parts that were built.
 * @param {{ only?: readonly Part[], force?: boolean }} [options]
 */
export async function build({ only = allParts, force = false } = {}) {
  const isDue = () => force || only.some(isStale)
  if (!isDue()) return []
  const leave = await takeTurn()
  const next = join(out, `.next-${process.pid}`)
  try {
    if (!isDue()) return []
    const mainOnly = only.every((part) => part === 'main')
    /** @type {readonly Part[]} */
    const parts = mainOnly ? ['main'] : allParts
    const started = Date.now()
    await runElectronVite(next, mainOnly)
    for (const part of parts) {
      writeFileSync(join(next, part, '.built'), String(started))
      rmSync(join(next, `${part}.old`), { recursive: true, force: true })
      if (existsSync(join(out, part))) renameSync(join(out, part), join(next, `${part}.old`))
      renameSync(join(next, part), join(out, part))
    }
    return parts
  } finally {
    rmSync(next, { recursive: true, force: true })
    leave()
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const parts = await build({ force: true, ...(process.argv[2] === 'main' ? { only: ['main'] } : {}) })
    console.log(`Built ${parts.join(', ')} into out/.`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
