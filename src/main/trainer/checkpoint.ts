/**
 * A run's state on disk. One file: eight bytes of mark, the length of a JSON header (uint32), the header, the tensors
 * as raw little-endian float32 in the header's order, and a CRC-32 of all that. The file before the last one is kept,
 * so that there is always one that can be read.
 */
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import * as v from 'valibot'
import type { SchedulePoint } from '#engine/project/project.ts'
import { schedulesSchema } from '#engine/project/schema.ts'
import { moveIntoPlace, writeFileAtomic, writeTemporary } from '#main/files/atomic.ts'
import { CallError } from '#shared/result.ts'
import { keptMarks } from '#shared/run.ts'
import type { Follower } from './run/judge.ts'
import type { Mark, Progress, Snapshot, Tensors } from './run/state.ts'

/** What is kept of a run. */
export interface Checkpoint {
  /** Names what is being computed; a checkpoint fits only a run with the same one. */
  readonly fingerprint: string
  readonly progress: Progress
  /** Live settings as the project had them, to tell later edits from changes made while training. */
  readonly documentLive: Readonly<Record<string, number>>
  readonly weights: Tensors
  readonly slots: Tensors
  /** The weights at the end of the last finished epoch, where they are no longer the current ones. */
  readonly epochEnd: Snapshot | null
  /** Schedules as the project had them, for the same reason. */
  readonly documentSchedules: Readonly<Record<string, readonly SchedulePoint[]>>
  /** The best weights by whose they are. */
  readonly best: ReadonlyMap<Follower, Snapshot>
}

const fileName = 'checkpoint.bin'
const previousName = 'checkpoint.previous.bin'
const marksName = 'marks'
const mark = new TextEncoder().encode('ESPALIER')
const preludeBytes = mark.length + 4

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const tensorList = v.array(v.strictObject({ name: v.string(), shape: v.array(count) }))
const snapshotHeader = v.strictObject({ epoch: count, tensors: tensorList })

const headerSchema = v.strictObject({
  version: v.literal(2),
  fingerprint: v.string(),
  progress: v.strictObject({
    epoch: count,
    step: count,
    iteration: count,
    learningRate: v.number(),
    sums: v.array(v.number()),
    rows: count,
    live: v.record(v.string(), v.number()),
    scheduled: v.number(),
    marks: v.array(v.strictObject({ number: count, name: v.string(), iteration: count })),
    lastMark: count,
    stops: v.array(
      v.strictObject({
        best: v.nullable(v.number()),
        bestEpoch: v.number(),
        wait: v.number(),
        cooldown: v.exactOptional(count),
        mean: v.exactOptional(v.number()),
        recent: v.exactOptional(v.pipe(v.array(v.number()), v.readonly())),
      }),
    ),
    best: v.nullable(v.strictObject({ epoch: count, value: v.number() })),
    endedBy: v.nullable(count),
    seconds: v.number(),
    epochSeconds: v.number(),
  }),
  documentLive: v.record(v.string(), v.number()),
  documentSchedules: schedulesSchema,
  weights: tensorList,
  slots: tensorList,
  epochEnd: v.nullable(snapshotHeader),
  best: v.array(v.strictObject({ rule: v.nullable(count), ...snapshotHeader.entries })),
})
type Header = v.InferOutput<typeof headerSchema>

const listTensors = (tensors: Tensors) => [...tensors].map(([name, { shape }]) => ({ name, shape: [...shape] }))

function rawParts(tensors: Tensors): Uint8Array[] {
  return [...tensors.values()].map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

function encode(checkpoint: Checkpoint): Uint8Array[] {
  const { epochEnd } = checkpoint
  const best = [...checkpoint.best]
  const header: Header = {
    version: 2,
    fingerprint: checkpoint.fingerprint,
    progress: checkpoint.progress,
    documentLive: { ...checkpoint.documentLive },
    documentSchedules: { ...checkpoint.documentSchedules },
    weights: listTensors(checkpoint.weights),
    slots: listTensors(checkpoint.slots),
    epochEnd: epochEnd && { epoch: epochEnd.epoch, tensors: listTensors(epochEnd.weights) },
    best: best.map(([rule, { epoch, weights }]) => ({ rule, epoch, tensors: listTensors(weights) })),
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const parts = [
    mark,
    uint32(json.length),
    json,
    ...rawParts(checkpoint.weights),
    ...rawParts(checkpoint.slots),
    ...(epochEnd ? rawParts(epochEnd.weights) : []),
    ...best.flatMap(([, { weights }]) => rawParts(weights)),
  ]
  return [...parts, uint32(parts.reduce((sum, part) => crc32(part, sum), 0))]
}

/** Reads tensors one after the other. */
class TensorReader {
  readonly #bytes: Uint8Array
  #offset: number

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes
    this.#offset = offset
  }

  read(list: Header['weights']): Tensors {
    return new Map(
      list.map(({ name, shape }) => {
        const size = shape.reduce((product, dim) => product * dim, 1)
        const end = this.#offset + size * 4
        if (end > this.#bytes.length) throw new Error('the file ends within a tensor')
        // Copied, because the bytes of a file are not aligned for float32.
        const data = new Float32Array(size)
        new Uint8Array(data.buffer).set(this.#bytes.subarray(this.#offset, end))
        this.#offset = end
        return [name, { dtype: 'float32', shape, data }]
      }),
    )
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length
  }
}

/** The checkpoint in a file's bytes, or null where they are cut short, damaged or of another version. */
function decode(bytes: Uint8Array): Checkpoint | null {
  if (bytes.length < preludeBytes + 4 || mark.some((byte, index) => bytes[index] !== byte)) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const body = bytes.subarray(0, bytes.length - 4)
  if (crc32(body) !== view.getUint32(body.length, true)) return null
  const jsonEnd = preludeBytes + view.getUint32(mark.length, true)
  const parsed = v.safeParse(headerSchema, JSON.parse(new TextDecoder().decode(body.subarray(preludeBytes, jsonEnd))))
  if (!parsed.success) return null
  const header = parsed.output
  const reader = new TensorReader(body, jsonEnd)
  const checkpoint: Checkpoint = {
    fingerprint: header.fingerprint,
    progress: header.progress,
    documentLive: header.documentLive,
    documentSchedules: header.documentSchedules,
    weights: reader.read(header.weights),
    slots: reader.read(header.slots),
    epochEnd: header.epochEnd && { epoch: header.epochEnd.epoch, weights: reader.read(header.epochEnd.tensors) },
    best: new Map(header.best.map(({ rule, epoch, tensors }) => [rule, { epoch, weights: reader.read(tensors) }])),
  }
  return reader.atEnd ? checkpoint : null
}

/** Writes the run's checkpoint; whatever happens on the way, the folder holds one that can be read. */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, fileName)
  const temporary = await writeTemporary(path, encode(checkpoint))
  try {
    await rename(path, join(folder, previousName)).catch(() => undefined)
    await moveIntoPlace(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** The newest checkpoint of a folder that is whole and has this fingerprint; null when there is none. */
export async function readCheckpoint(folder: string, fingerprint: string): Promise<Checkpoint | null> {
  for (const name of [fileName, previousName]) {
    const bytes = await readFile(join(folder, name)).catch(() => null)
    const checkpoint = bytes && decode(bytes)
    if (checkpoint && checkpoint.fingerprint === fingerprint) return checkpoint
  }
  return null
}

/** Removes a folder's checkpoints, for a run that starts anew in it. */
export async function removeCheckpoints(folder: string): Promise<void> {
  for (const name of [fileName, previousName, marksName]) await rm(join(folder, name), { force: true, recursive: true })
}

/** Bytes that the marks of a run may take together, apart from the latest. */
const marksBytes = 2 ** 30

const markPath = (folder: string, number: number): string => join(folder, marksName, `${number}.bin`)

/** Writes the state before a mark; gives the marks that can still be gone back to with it, the oldest having made room. */
export async function writeMark(
  folder: string,
  checkpoint: Checkpoint,
  marks: readonly Mark[],
  number: number,
): Promise<Mark[]> {
  const parts = encode(checkpoint)
  await writeFileAtomic(markPath(folder, number), ...parts)
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  return keepMarks(folder, marks.slice(-Math.max(1, Math.min(keptMarks, Math.floor(marksBytes / size)))))
}

/** The state before a mark; a CallError names the marks there are when it cannot be had. */
export async function readMark(folder: string, number: number, fingerprint: string): Promise<Checkpoint> {
  const bytes = await readFile(markPath(folder, number)).catch(() => null)
  const checkpoint = bytes && decode(bytes)
  if (checkpoint?.fingerprint === fingerprint) return checkpoint
  const there = (await markNumbers(folder)).sort((a, b) => a - b)
  if (there.length === 0) throw new CallError('missing', 'The run has no marks to go back to; no setting was changed.')
  const why = there.includes(number)
    ? `The state before mark ${number} belongs to another project or is damaged`
    : `There is no mark ${number} to go back to`
  throw new CallError('missing', `${why}; there are ${there.join(', ')}.`)
}

async function markNumbers(folder: string): Promise<number[]> {
  const names = await readdir(join(folder, marksName)).catch(() => [])
  return names.flatMap((name) => (/^\d+\.bin$/.test(name) ? [Number.parseInt(name, 10)] : []))
}

/** Removes the states of all other marks; gives those of these whose states are there. */
export async function keepMarks(folder: string, marks: readonly Mark[]): Promise<Mark[]> {
  const there = await markNumbers(folder)
  for (const number of there) {
    if (!marks.some((mark) => mark.number === number)) await rm(markPath(folder, number), { force: true })
  }
  return marks.filter(({ number }) => there.includes(number))
}
