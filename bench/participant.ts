/** Those who take part: each in a process of its own, which works only while it is its turn. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import * as v from 'valibot'
import { cpuSeconds, processesAreTold } from './processes.ts'
import type { Workload } from './workloads.ts'

/** What a participant is told at the start. */
export interface Setup {
  readonly workload: Workload
  readonly threads: number
  /** Where the workload's data file is. */
  readonly folder: string
}

/** What was done in one turn, as the one who did it knows. */
export interface Work {
  readonly steps: number
  readonly seconds: number
  /** How much of that went into anything but steps; null where it is not known. */
  readonly overheadSeconds: number | null
}

export interface Turn extends Work {
  /** What its process used on all cores; null where the system does not tell. */
  readonly cpuSeconds: number | null
}

/** A participant that has its model and its data in memory and has made its first steps. */
export interface Running {
  /** Version, and what it chose where there is a choice. */
  readonly description: string
  /** Trains for about so long. */
  turn(seconds: number): Promise<Turn>
  /** Ends the process. */
  end(): void
  readonly pid: number
}

export interface Participant {
  readonly name: string
  /** Starts it; null where what it needs is not installed. */
  start(setup: Setup): Promise<Running | null>
}

const greetingSchema = v.union([v.strictObject({ ready: v.string() }), v.strictObject({ missing: v.string() })])
const workSchema = v.strictObject({ steps: v.number(), seconds: v.number(), overheadSeconds: v.null() })

/**
 * A participant that is a program: it reads a line with the Setup, answers `{ready}` or `{missing}`, then for each line
 * with a number of seconds trains for about so long and answers with its Work; it ends with its input.
 */
export function program(name: string, command: string, args: readonly string[]): Participant {
  return {
    name,
    start: async (setup) => {
      const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
      let words = ''
      child.stderr.on('data', (chunk) => (words = `${words}${chunk}`.slice(-2000)))
      const failed = new Promise<never>((_, reject) => {
        child.on('error', reject)
        child.on('close', (code) => reject(new Error(`${name} ended with exit code ${code}.\n${words}`)))
      })
      // Whoever is not waiting for an answer has no interest in how the process ends.
      failed.catch(() => undefined)
      child.stdin.on('error', () => undefined)
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
      const ask = async (question: string): Promise<unknown> => {
        child.stdin.write(`${question}\n`)
        const line = await Promise.race([lines.next(), failed])
        return line.done ? failed : JSON.parse(line.value)
      }
      try {
        const greeting = v.parse(greetingSchema, await ask(JSON.stringify(setup)))
        if ('missing' in greeting || child.pid === undefined) {
          child.stdin.end()
          return null
        }
        const { pid } = child
        return {
          description: greeting.ready,
          turn: async (seconds) => {
            const used = cpuOf(pid)
            const work = v.parse(workSchema, await ask(String(seconds)))
            return { ...work, cpuSeconds: used() }
          },
          end: () => child.kill(),
          pid,
        }
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
        throw error
      }
    },
  }
}

/** What a process uses from now on, in CPU seconds. */
export function cpuOf(pid: number): () => number | null {
  const before = cpuSeconds(pid)
  return () => (processesAreTold ? cpuSeconds(pid) - before : null)
}

/** The most memory a process has held at once, in bytes; null where the system does not tell (it is Linux that does). */
export function peakMemory(pid: number): number | null {
  try {
    const [, kilobytes] = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kilobytes === undefined ? null : Number(kilobytes) * 1024
  } catch {
    return null
  }
}
