#!/usr/bin/env node
/** `npm run docs`: builds the TypeScript of scripts/docs into out/docs, then runs it. */
import { join, resolve } from 'node:path'
import { build } from 'vite'
import { root } from './build.js'

const out = resolve(root, 'out', 'docs')
const folder = join(import.meta.dirname, 'docs')

await build({
  configFile: false,
  root,
  logLevel: 'warn',
  build: {
    ssr: true,
    target: 'node20.19',
    outDir: out,
    emptyOutDir: true,
    rolldownOptions: { input: { docs: join(folder, 'docs.ts'), trainer: join(folder, 'trainer.ts') } },
  },
})
await import(join(out, 'docs.js'))
