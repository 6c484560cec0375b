/** Starting weights beside a project: an ONNX file of nothing but named tensors. */
import type { Model, Tensor } from '#engine/graph/graph.ts'
import { encodeModel } from '#engine/onnx/encode.ts'
import { writeFileAtomic } from './atomic.ts'

/** Writes tensors named `<node>/<weight>` under the file's final name in one step; `version` is Espalier's. */
export async function saveWeights(path: string, weights: ReadonlyMap<string, Tensor>, version: string): Promise<void> {
  const values = [...weights].map(([name, { dtype, shape }]) => ({ name, dtype, shape }))
  const model: Model = {
    // Listed as outputs too, so that the file is a valid model that viewers show and runtimes load.
    graph: { name: 'weights', inputs: [], outputs: values, initializers: new Map(weights), nodes: [] },
    opset: { '': 15 },
    irVersion: 8,
    producerVersion: version,
    domain: 'org.espalier',
    modelVersion: 1,
    doc: 'Starting weights of an Espalier project, named <layer>/<weight>.',
    metadata: {},
  }
  await writeFileAtomic(path, encodeModel(model))
}
