/** Every epoch of a run at full resolution, one JSON line each, beside its checkpoints. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunMessage } from '#shared/run.ts'
import { writeFileAtomic } from '#main/files/atomic.ts'

const fileName = 'metrics.jsonl'

/** Whether a line of an earlier session comes before the point the run goes on from. */
function isBefore(line: string, epoch: number, step: number): boolean {
  try {
    const entry: unknown = JSON.parse(line)
    if (typeof entry !== 'object' || entry === null) return false
    if (!('epoch' in entry) || typeof entry.epoch !== 'number') return false
    if (!('step' in entry) || typeof entry.step !== 'number') return entry.epoch <= epoch
    return entry.epoch <= epoch || (entry.epoch === epoch + 1 && entry.step <= step)
  } catch {
    // The last line of a run that was cut off in the middle of writing it.
    return false
  }
}

export class MetricsLog {
  readonly #file: number

  private constructor(file: number) {
    this.#file = file
  }

  /** Opens a run's log, keeping the lines up to a step of the epoch after `epoch` finished ones; 0 and 0 empty it. */
  static async open(folder: string, epoch: number, step: number): Promise<MetricsLog> {
    await mkdir(folder, { recursive: true })
    const path = join(folder, fileName)
    const text = epoch + step > 0 ? await readFile(path, 'utf8').catch(() => '') : ''
    const lines = text.split('\n').filter((line) => line !== '' && isBefore(line, epoch, step))
    await writeFileAtomic(path, lines.map((line) => `${line}\n`).join(''))
    return new MetricsLog(openSync(path, 'a'))
  }

  append(message: RunMessage): void {
    writeSync(this.#file, `${JSON.stringify(message)}\n`)
  }

  close(): void {
    closeSync(this.#file)
  }
}
