/** Every step of a run: a line of float32 numbers each, at the place in the file that its number says. */
import { closeSync, ftruncateSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Program } from '#engine/compile/program.ts'
import type { StepRange, Steps } from '#shared/history.ts'
import { measured, ReportSums } from './summary.ts'

const fileName = 'steps.f32'

/** The file grows no larger than this; a run that goes on longer is told by its epochs alone from there on. */
const mostBytes = 512 * 1024 * 1024

/** The columns of the report, and after them the learning rate. */
const lineLength = ({ columns }: Pick<Program, 'columns'>): number => columns.length + 1

export class StepLog {
  readonly #file: number
  readonly #width: number
  readonly #most: number
  #steps: number

  private constructor(file: number, width: number, most: number) {
    this.#file = file
    this.#width = width
    this.#most = most
    this.#steps = Math.floor(fstatSync(file).size / (4 * width))
  }

  /** Opens the log of a run that has done so many steps, in a folder that is there; what it says of later ones is gone. */
  static open(folder: string, program: Pick<Program, 'columns'>, iteration: number, most = mostBytes): StepLog {
    const log = new StepLog(openSync(join(folder, fileName), iteration > 0 ? 'a+' : 'w+'), lineLength(program), most)
    log.cut(iteration)
    return log
  }

  /** Takes back what was told of the steps from this one on. */
  cut(iteration: number): void {
    this.#steps = Math.min(this.#steps, iteration)
    ftruncateSync(this.#file, 4 * this.#width * this.#steps)
  }

  /** Adds steps, the first of which is the `iteration`-th of the run, counted from 0. */
  append(iteration: number, report: Float32Array, learningRates: Float32Array): void {
    const steps = learningRates.length
    // Where some are missing, later ones would be taken for them.
    if (iteration !== this.#steps || 4 * this.#width * (iteration + steps) > this.#most) return
    const columns = this.#width - 1
    const lines = new Float32Array(steps * this.#width)
    for (let step = 0; step < steps; step++) {
      lines.set(report.subarray(step * columns, (step + 1) * columns), step * this.#width)
      lines[step * this.#width + columns] = learningRates[step] ?? Number.NaN
    }
    writeSync(this.#file, new Uint8Array(lines.buffer))
    this.#steps += steps
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** Lines of the log from one step to before another, those that are there. */
async function readLines(folder: string, width: number, from: number, to: number): Promise<Float32Array> {
  const file = await open(join(folder, fileName), 'r').catch(() => null)
  if (!file) return new Float32Array(0)
  try {
    const { size } = await file.stat()
    const end = Math.min(to, Math.floor(size / (4 * width)))
    const lines = new Float32Array(Math.max(0, end - from) * width)
    readSync(file.fd, new Uint8Array(lines.buffer), 0, lines.byteLength, 4 * width * from)
    return lines
  } finally {
    await file.close()
  }
}

/** The numbers of a range of steps, each point the mean of equally many; every step counts alike. */
export async function readSteps(
  folder: string,
  program: Pick<Program, 'columns' | 'metrics' | 'penalties'>,
  { from, to, points }: StepRange,
): Promise<Steps> {
  const width = lineLength(program)
  const lines = await readLines(folder, width, from, to)
  const known = lines.length / width
  const stride = Math.max(1, Math.ceil(known / points))
  const means: Record<string, (number | null)[]> = {}
  const told = (name: string, value: number): void => void (means[name] ??= []).push(measured(value))
  const least: (number | null)[] = []
  const greatest: (number | null)[] = []
  const summed = program.columns.flatMap((column, index) =>
    column === 'data' || column.startsWith('penalty:') ? [index] : [],
  )
  for (let first = 0; first < known; first += stride) {
    const end = Math.min(first + stride, known)
    const sums = new ReportSums(program)
    let [rate, low, high] = [0, Infinity, -Infinity]
    for (let step = first; step < end; step++) {
      const at = step * width
      sums.add(lines, at, 1)
      rate += lines[at + width - 1] ?? Number.NaN
      const loss = summed.reduce((sum, index) => sum + (lines[at + index] ?? Number.NaN), 0)
      low = Math.min(low, loss)
      high = Math.max(high, loss)
    }
    const { values, penalties } = sums.means()
    for (const [name, value] of Object.entries({ ...values, ...penalties })) told(name, value)
    told('learningRate', rate / (end - first))
    least.push(measured(low))
    greatest.push(measured(high))
  }
  return { from, to: from + known, stride, means, least, greatest }
}
