#!/usr/bin/env node
/** Format, lint, types, layers and dead code: runs every check, shows what failed, and ends with the count. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './build.js'

/** @type {readonly (readonly [string, string])[]} */
const checks = [
  ['format', 'prettier --check --log-level warn .'],
  ['lint', 'eslint --max-warnings 0 .'],
  ['types: engine', 'tsc -p tsconfig.engine.json'],
  ['types: native side, tests and scripts', 'tsc -p tsconfig.node.json'],
  ['types: end-to-end tests', 'tsc -p tsconfig.e2e.json'],
  ['types: renderer', 'svelte-check --tsconfig tsconfig.web.json --fail-on-warnings --output human'],
  ['layers', 'depcruise --config .dependency-cruiser.js src bin scripts tests bench'],
  ['dead code', 'knip --treat-config-hints-as-errors'],
]

const path = `${join(root, 'node_modules/.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env['PATH']}`
let failed = 0
for (const [name, command] of checks) {
  const started = Date.now()
  const { status, stdout, stderr } = spawnSync(command, {
    cwd: root,
    shell: true,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PATH: path },
  })
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  if (status !== 0) {
    failed += 1
    console.log(stdout + stderr)
  }
  console.log(`${status === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
}
console.log(`${checks.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
