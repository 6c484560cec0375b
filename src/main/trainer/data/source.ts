/** Where tables come from: files beside the project, and the samples that ship with Espalier. */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { CallError } from '#shared/result.ts'
import { parseTable, type Table } from './table.ts'

const samplePrefix = 'sample:'

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

/** Text of UTF-8 bytes, or of UTF-16 with its mark; a CallError names the line of a byte that is neither. */
export function decodeText(source: string, bytes: Uint8Array): string {
  const mark =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
  try {
    return new TextDecoder(mark, { fatal: true }).decode(bytes)
  } catch {
    const loose = new TextDecoder(mark).decode(bytes)
    const line = loose.slice(0, loose.indexOf('\uFFFD')).split('\n').length
    throw new CallError('invalid', `${source}, line ${line}: not UTF-8 text; save the file as UTF-8.`)
  }
}

/** Reads tables, and keeps the last one for as long as its file does not change. */
export class TableSource {
  readonly #samples: string
  #last: { readonly key: string; readonly table: Table } | null = null

  /** `samples` is the folder that `sample:` sources are in. */
  constructor(samples: string) {
    this.#samples = samples
  }

  /** The file a source means; relative sources are relative to `folder`. */
  path(source: string, folder: string): string {
    if (!source.startsWith(samplePrefix)) return resolve(folder, source)
    const name = source.slice(samplePrefix.length)
    if (name !== basename(name) || name === '' || name.startsWith('.')) {
      throw new CallError('invalid', `"${source}" does not name a sample; write sample: and a file name.`)
    }
    return join(this.#samples, name)
  }

  async read(source: string, folder: string): Promise<Table> {
    const path = this.path(source, folder)
    try {
      const { mtimeMs, size } = await stat(path)
      const key = `${path}\n${mtimeMs}\n${size}`
      if (this.#last?.key === key) return this.#last.table
      const bytes = await readFile(path)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const table = { ...parseTable(basename(path), decodeText(basename(path), bytes)), sha256 }
      this.#last = { key, table }
      return table
    } catch (error) {
      if (isMissingFile(error)) {
        throw new CallError('missing', `There is no data file ${path}; choose another one on the data page.`)
      }
      throw error
    }
  }
}
