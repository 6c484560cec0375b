/** What the layers that combine their inputs number by number have in common. */
import type { LayerContext } from '../define.ts'
import { GraphError, formatShape, sameShape, type Shape, type Value } from '../graph/graph.ts'
import { broadcastShapes } from '../ops/op.ts'

/**
 * The inputs combined from first to last. One of fewer axes gets axes of 1 after its batch axis, and sizes of 1 repeat, as in
 * Keras; `verb` says in the issue what could not be done with two shapes.
 */
export function merge(
  { g, inputs, fail }: Pick<LayerContext, 'g' | 'inputs' | 'fail'>,
  verb: string,
  combine: (a: Value, b: Value) => Value,
): Value {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length))
  const aligned = inputs.map((value) => {
    const missing = Array.from({ length: rank - value.shape.length }, (_, axis) => axis + 1)
    return missing.length > 0 ? g.Unsqueeze(value, missing) : value
  })
  return aligned.reduce((result, next, index) => {
    try {
      broadcastShapes(result.shape, next.shape)
    } catch (problem) {
      if (!(problem instanceof GraphError)) throw problem
      const [before, after] = [index === 1 ? inputs[0] : result, inputs[index]].map((value) => value ?? next)
      return fail(
        `${verb} ${formatShape(before?.shape ?? [])} and ${formatShape(after?.shape ?? [])}; give both inputs the same shape, with a Dense or Reshape before one of them`,
        undefined,
        before && after && sameButLast(before.shape, after.shape)
          ? { before: { [index]: { kind: 'dense', params: { units: Number(before.shape.at(-1)) } } } }
          : undefined,
      )
    }
    return combine(result, next)
  })
}

/** Whether a Dense could make one of the other: all sizes but the last agree. */
const sameButLast = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.length > 1 && sameShape(a.slice(0, -1), b.slice(0, -1))
