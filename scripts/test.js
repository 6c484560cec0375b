#!/usr/bin/env node
/** All tests, or those named: `npm test -- tests/shells`. Ends with `N passed, N failed`. */
import { join } from 'node:path'
import { parseCLI, startVitest } from 'vitest/node'
import { provideBrowser } from './browser.js'
import { root } from './build.js'

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)])

try {
  process.env['ESPALIER_BROWSER'] = provideBrowser().path
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.log('0 passed, 1 failed')
  process.exit(1)
}

const vitest = await startVitest('test', filter, { ...options, watch: false, config: join(root, 'vitest.config.ts') })
const modules = vitest.state.getTestModules()
const tests = modules.flatMap((module) => [...module.children.allTests()])
const count = (/** @type {string} */ state) => tests.filter((test) => test.result().state === state).length

// A file that could not be loaded has no tests of its own, and an error outside any test belongs to none: both fail.
const broken = modules.filter((module) => module.state() === 'failed' && module.errors().length > 0).length
const stray = vitest.state.getUnhandledErrors().length
const skipped = count('skipped')
await vitest.close()

const failed = count('failed') + broken + stray + (tests.length === 0 ? 1 : 0)
console.log(`${count('passed')} passed, ${failed + skipped} failed`)
process.exitCode = failed + skipped === 0 ? 0 : 1
