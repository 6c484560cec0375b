/** Keras archives to import, made from one that Keras saved. */
import { readFileSync } from 'node:fs'
import { unzipSync, zipSync } from 'fflate'

export const fixture = (name: string): Uint8Array => readFileSync(`tests/fixtures/keras/${name}/initial.keras`)

/** The archive with texts of its config.json replaced; throws when one is not there. */
export function edited(archive: Uint8Array, ...changes: readonly (readonly [from: string, to: string])[]): Uint8Array {
  return withPart(archive, 'config.json', (config) =>
    changes.reduce((text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`the configuration has no ${from}`)
      return text.replace(from, to)
    }, config),
  )
}

/** The archive with one of its text files changed, or left out where `change` gives null. */
export function withPart(archive: Uint8Array, part: string, change: (text: string) => string | null): Uint8Array {
  const { [part]: bytes, ...rest } = unzipSync(archive)
  const text = change(new TextDecoder().decode(bytes))
  return zipSync(text === null ? rest : { ...rest, [part]: new TextEncoder().encode(text) })
}
