/** The built command line, run as a person would run it. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const program = resolve('out/main/cli.js')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandLine {
  /** The folder it is started in, empty at first. */
  readonly folder: string
  /** Runs to the end; `watch` sees standard output as it grows and may interrupt (Ctrl-C). */
  run(args: readonly string[], watch?: (stdout: string, interrupt: () => void) => void): Promise<Ended>
  /** Removes the folder and everything kept for it. */
  remove(): void
}

/** A command line in a folder and a home of its own. */
export function openCommandLine(): CommandLine {
  const home = mkdtempSync(join(tmpdir(), 'espalier-home-'))
  const folder = mkdtempSync(join(tmpdir(), 'espalier-cli-'))
  return {
    folder,
    run(args, watch) {
      const child = spawn(process.execPath, [program, ...args], {
        cwd: folder,
        env: { ...process.env, ESPALIER_HOME: home },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let stdout = ''
      let stderr = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text
        watch?.(stdout, () => child.kill('SIGINT'))
      })
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      return new Promise((ended, failed) => {
        child.on('error', failed)
        child.on('close', (code) => ended({ code, stdout, stderr }))
      })
    },
    remove() {
      for (const place of [home, folder]) rmSync(place, { recursive: true, force: true })
    },
  }
}
