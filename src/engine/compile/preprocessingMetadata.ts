/** Preprocessing as an exported file says it in its metadata, for those who feed it and for whoever opens it again. */
import * as v from 'valibot'
import type { Preprocessing } from './preprocessing.ts'

const key = 'espalier.preprocessing'

const columnEntries = { name: v.string(), node: v.exactOptional(v.string()) }
const targetEntries = { classes: v.array(v.string()), targets: v.array(v.string()) }

const preprocessingSchema: v.GenericSchema<Preprocessing> = v.strictObject({
  columns: v.array(
    v.variant('type', [
      v.strictObject({
        ...columnEntries,
        type: v.literal('number'),
        mean: v.number(),
        deviation: v.number(),
        fill: v.number(),
      }),
      v.strictObject({
        ...columnEntries,
        type: v.literal('category'),
        categories: v.array(v.string()),
        indexed: v.exactOptional(v.literal(true)),
      }),
    ]),
  ),
  ...targetEntries,
  outputs: v.exactOptional(v.record(v.string(), v.strictObject(targetEntries))),
})

/** The entry of a file's metadata. */
export const preprocessingEntry = (preprocessing: Preprocessing): Readonly<Record<string, string>> => ({
  [key]: JSON.stringify(preprocessing),
})

/** What a file says about its columns and classes; null when it was not exported by Espalier. */
export function readPreprocessing(metadata: Readonly<Record<string, string>>): Preprocessing | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), preprocessingSchema), metadata[key])
  return parsed.success ? parsed.output : null
}
