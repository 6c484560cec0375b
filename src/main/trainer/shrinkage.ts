/** How much smaller a model gets when idle units are left out. */
import type { ExportedModel } from '#engine/compile/exportModel.ts'
import { operationsOf } from '#engine/compile/cost.ts'
import type { Model } from '#engine/graph/graph.ts'
import { encodeModel } from '#engine/onnx/encode.ts'
import { isTechniquesOwn } from '#engine/weightName.ts'
import type { Shrinkage } from '#shared/report.ts'
import type { Tensors } from './run/state.ts'

/** Exact zeros and sizes of the trained weights as they are in a model; throws when one is not there. */
export function countParameters(
  { graph: { initializers } }: Model,
  weights: Tensors,
): { readonly zeros: number; readonly parameters: number } {
  let zeros = 0
  let parameters = 0
  for (const name of weights.keys()) {
    // What a technique keeps for itself has done its work.
    if (isTechniquesOwn(name)) continue
    const tensor = initializers.get(name)
    if (!(tensor?.data instanceof Float32Array)) throw new Error(`the exported model has no weight ${name}`)
    parameters += tensor.data.length
    for (const value of tensor.data) if (value === 0) zeros++
  }
  return { zeros, parameters }
}

/** A whole model beside the same one without what is idle. */
export function shrinkageOf(whole: ExportedModel, smaller: ExportedModel, weights: Tensors): Shrinkage {
  const both = <T>(of: (model: ExportedModel) => T) => ({ before: of(whole), after: of(smaller) })
  const columns = whole.graph.inputs.reduce(
    ({ before, after }, { name, dtype, shape }) => {
      const all = dtype === 'string' ? 1 : Number(shape[1] ?? 1)
      return { before: before + all, after: after + (smaller.shrunk?.columns.get(name)?.length ?? all) }
    },
    { before: 0, after: 0 },
  )
  return {
    parameters: both((model) => countParameters(model, weights).parameters),
    bytes: both((model) => encodeModel({ ...model, metadata: {} }).length),
    operations: both(({ graph }) => operationsOf(graph)),
    units: [...(smaller.shrunk?.units ?? [])],
    columns,
  }
}
