/** What running processes have used, as Linux tells it under /proc. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Whether this system tells what its processes use. */
export const processesAreTold = existsSync('/proc/self/stat')

/** Ticks of the clock that /proc counts in, a second: 100 wherever Linux runs. */
const ticks = 100

interface Process {
  readonly pid: number
  readonly parent: number
  /** CPU seconds of its own and of those it started that have ended. */
  readonly seconds: number
}

function read(pid: number): Process | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The program's name, in brackets, may hold anything; the fields begin behind it.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [, parent = 0] = fields
    return { pid, parent, seconds: fields.slice(11, 15).reduce((sum, count) => sum + count, 0) / ticks }
  } catch {
    // It has just ended.
    return null
  }
}

/** CPU seconds of all programs of the machine together, since it was started. */
export function busySeconds(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [, user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0] = line.split(/ +/).map(Number)
  return (user + nice + system + interrupts + softInterrupts) / ticks
}

/** A process's children. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => read(Number(name)) ?? [])
    .flatMap((one) => (one.parent === pid ? [one.pid] : []))
}

/** CPU seconds of a process alone. */
export const cpuSeconds = (pid: number): number => read(pid)?.seconds ?? 0

/** CPU seconds of a process and of all that descend from it. */
export function familySeconds(pid: number): number {
  return childrenOf(pid).reduce((sum, child) => sum + familySeconds(child), cpuSeconds(pid))
}
