#!/usr/bin/env node
/** `npm run bench`: builds the bench's TypeScript into out/bench, then runs it. */
import { join, resolve } from 'node:path'
import { build } from 'vite'
import { build as buildWorkbench } from '../scripts/build.js'

const folder = import.meta.dirname
const out = resolve(folder, '..', 'out', 'bench')
const programs = ['bench', 'trainer', 'tfjs']

await build({
  configFile: false,
  root: resolve(folder, '..'),
  logLevel: 'warn',
  build: {
    ssr: true,
    target: 'node20.19',
    outDir: out,
    emptyOutDir: true,
    rolldownOptions: { input: Object.fromEntries(programs.map((name) => [name, join(folder, `${name}.ts`)])) },
  },
})
// What is measured is the workbench as it is built, pages and all.
if (process.argv.includes('--page')) await buildWorkbench()
await import(join(out, 'bench.js'))
