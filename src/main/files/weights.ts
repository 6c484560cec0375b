/** Starting weights beside a project: an ONNX file of nothing but named tensors. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Model, Tensor } from '#engine/graph/graph.ts'
import { decodeModel } from '#engine/onnx/decode.ts'
import { encodeModel } from '#engine/onnx/encode.ts'
import { OnnxError } from '#engine/onnx/tensor.ts'
import { CallError } from '#shared/result.ts'
import { writeFileAtomic } from './atomic.ts'
import { isMissing } from './missing.ts'

/** Writes tensors named `<node>/<weight>` under the file's final name in one step. */
export async function saveWeights(path: string, weights: ReadonlyMap<string, Tensor>): Promise<void> {
  const values = [...weights].map(([name, { dtype, shape }]) => ({ name, dtype, shape }))
  const model: Model = {
    // Listed as outputs too, so that the file is a valid model that viewers show and runtimes load.
    graph: { name: 'weights', inputs: [], outputs: values, initializers: new Map(weights), nodes: [] },
    opset: { '': 15 },
    irVersion: 8,
    producerVersion: '',
    domain: 'org.espalier',
    modelVersion: 1,
    doc: 'Starting weights of an Espalier project, named <layer>/<weight>.',
    metadata: {},
  }
  await writeFileAtomic(path, encodeModel(model))
}

/** The tensors of a file of starting weights by name; a CallError says in one sentence why they cannot be had. */
export async function loadWeights(path: string): Promise<ReadonlyMap<string, Tensor>> {
  try {
    return decodeModel(await readFile(path)).graph.initializers
  } catch (error) {
    if (isMissing(error)) {
      throw new CallError('missing', `There is no file ${path}, which the project's starting weights should be in.`)
    }
    if (!(error instanceof OnnxError)) throw error
    throw new CallError('invalid', `The starting weights in ${basename(path)} cannot be read: ${error.message}.`)
  }
}
