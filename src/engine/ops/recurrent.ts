/** Recurrent layers as single ops, for inference: training unrolls their steps, so they have no gradient rules. */
import { GraphError, formatShape } from '../graph/graph.ts'
import { intAttribute, textAttribute } from './attributes.ts'
import { inputOf, type InferContext, type Op, type ValueType } from './op.ts'

/** X [steps, batch, features], W [directions, gates·units, features], R [directions, gates·units, units]. */
function infer(context: InferContext, gates: number, outputs: number): readonly ValueType[] {
  const [x, w, r] = [inputOf(context, 0), inputOf(context, 1), inputOf(context, 2)]
  const [steps, batch, features] = x.shape
  const directions = textAttribute(context.attributes, 'direction', 'forward') === 'bidirectional' ? 2 : 1
  const units = r.shape[2]
  if (steps === undefined || batch === undefined || typeof units !== 'number' || features !== w.shape[2])
    throw new GraphError(`${context.op} cannot run over ${formatShape(x.shape)} with ${formatShape(w.shape)}`)
  if (w.shape[0] !== directions || w.shape[1] !== gates * units || r.shape[1] !== gates * units)
    throw new GraphError(
      `${context.op} of ${units} units has weights ${formatShape(w.shape)} and ${formatShape(r.shape)}`,
    )
  if (intAttribute(context.attributes, 'layout', 0) !== 0)
    throw new GraphError(`${context.op} runs over [steps, batch, features] only`)
  const last = { dtype: x.dtype, shape: [directions, batch, units] }
  return [{ dtype: x.dtype, shape: [steps, directions, batch, units] }, last, last].slice(
    0,
    Math.min(outputs, Math.max(context.outputs, 1)),
  )
}

export const recurrent: Record<string, Op> = {
  RNN: { infer: (context) => infer(context, 1, 2) },
  GRU: { infer: (context) => infer(context, 3, 2) },
  LSTM: { infer: (context) => infer(context, 4, 3) },
}
