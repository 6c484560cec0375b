#!/usr/bin/env node
// In a checkout the command line is built first when its sources are newer; installed, it is simply there.
import { existsSync } from 'node:fs'

if (existsSync(new URL('../src/main/cli/index.ts', import.meta.url))) {
  const { build } = await import('../scripts/build.js')
  try {
    await build({ only: ['main'] })
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}
await import(new URL('../out/main/cli.js', import.meta.url).href)
