/** A `.keras` archive: a zip of the model's configuration, facts about the file, and the weights as HDF5. */
import { unzipSync } from 'fflate'
import * as v from 'valibot'
import { fail } from '#engine/project/project.ts'

const record = v.record(v.string(), v.unknown())

/** Keras' way to write down an object: its class by name, and what its constructor was given. */
const modelSchema = v.object({
  class_name: v.string(),
  config: record,
  compile_config: v.optional(v.nullable(record)),
  build_config: v.optional(v.nullable(record)),
})

export interface Archive {
  readonly model: v.InferOutput<typeof modelSchema>
  /** The HDF5 file. */
  readonly weights: Uint8Array
}

const parts = ['config.json', 'metadata.json', 'model.weights.h5'] as const

/** Opens an archive that Keras 3 saved; throws an IssueError that names `file` on anything else. */
export function readArchive(bytes: Uint8Array, file: string): Archive {
  const files = unpack(bytes, file)
  const [config, metadata, weights] = parts.map((part) => files[part])
  if (!config || !metadata || !weights) {
    const absent = parts.filter((part) => !files[part]).join(' and ')
    return fail('keras', `${file} is not a model saved by Keras 3: it has no ${absent} inside.`)
  }
  const version = v.safeParse(v.object({ keras_version: v.string() }), parseJson(metadata))
  const major = version.success ? Number.parseInt(version.output.keras_version, 10) : 0
  if (!(major >= 3)) {
    const found = version.success ? version.output.keras_version : 'unknown'
    return fail('keras', `${file} was saved by Keras ${found}; load it with Keras 3 and save it again.`)
  }
  const model = v.safeParse(modelSchema, parseJson(config))
  if (!model.success) return fail('keras', `${file} holds no model: its config.json is damaged.`)
  return { model: model.output, weights }
}

function unpack(bytes: Uint8Array, file: string): Partial<Record<string, Uint8Array>> {
  try {
    return unzipSync(bytes, { filter: ({ name }) => parts.some((part) => part === name) })
  } catch {
    return fail('keras', `${file} is not a .keras archive, or it is damaged; .h5 files must be saved again as .keras.`)
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
}
