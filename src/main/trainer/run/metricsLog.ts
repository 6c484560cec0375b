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

/** Whether a line tells of a mark, or of what came after it in the same mark. */
function isMarkedFrom(line: string, mark: number): boolean {
  const entry: unknown = JSON.parse(line)
  return typeof entry === 'object' && entry !== null && 'mark' in entry && Number(entry.mark) >= mark
}

export class MetricsLog {
  readonly #folder: string
  #file: number

  private constructor(folder: string, file: number) {
    this.#folder = folder
    this.#file = file
  }

  /** Opens a run's log, keeping the lines up to a step of the epoch after `epoch` finished ones; 0 and 0 empty it. */
  static async open(folder: string, epoch: number, step: number): Promise<MetricsLog> {
    await mkdir(folder, { recursive: true })
    return new MetricsLog(folder, await openCut(folder, epoch, step))
  }

  /** Takes back what was told after a step, and of a mark and those after it. */
  async rewind(epoch: number, step: number, mark: number): Promise<void> {
    this.close()
    this.#file = await openCut(this.#folder, epoch, step, mark)
  }

  append(message: RunMessage): void {
    writeSync(this.#file, `${JSON.stringify(message)}\n`)
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** Leaves of the log what holds up to a step, and before a mark if one is given; opens it for more. */
async function openCut(folder: string, epoch: number, step: number, mark = Infinity): Promise<number> {
  const path = join(folder, fileName)
  const text = epoch + step > 0 ? await readFile(path, 'utf8').catch(() => '') : ''
  const lines = text
    .split('\n')
    .filter((line) => line !== '' && isBefore(line, epoch, step) && !isMarkedFrom(line, mark))
  await writeFileAtomic(path, lines.map((line) => `${line}\n`).join(''))
  return openSync(path, 'a')
}
