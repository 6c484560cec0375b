/** Reverse-mode differentiation over the graph: emits the backward pass with the same builder, so it can be differentiated again. */
import { GraphError, formatShape, sameShape, type Node, type Value } from './graph/graph.ts'
import type { Builder } from './ops/builder.ts'
import { broadcastShapes } from './ops/op.ts'
import { opOf } from './ops/table.ts'

const real = (value: Value): boolean => value.dtype === 'float32' || value.dtype === 'float64'

/** Sums a gradient over the axes its value was broadcast along. */
function unbroadcast(g: Builder, gradient: Value, like: Value): Value {
  if (sameShape(gradient.shape, like.shape)) return gradient
  if (!sameShape(broadcastShapes(gradient.shape, like.shape), gradient.shape)) return g.Expand(gradient, like)
  const extra = gradient.shape.length - like.shape.length
  const axes = gradient.shape.flatMap((dim, axis) =>
    axis < extra || (like.shape[axis - extra] === 1 && dim !== 1) ? [axis] : [],
  )
  const summed = axes.length > 0 ? g.ReduceSum(gradient, axes, true) : gradient
  return g.ReshapeLike(summed, like)
}

/**
 * The gradients of a scalar with respect to each of `wanted`, of their shapes; zeros where it does not depend on one.
 * Throws on an op that has no gradient rule, naming it.
 */
export function gradients(g: Builder, scalar: Value, wanted: readonly Value[]): readonly Value[] {
  if (scalar.shape.length !== 0)
    throw new GraphError(`only a scalar is differentiated, not ${formatShape(scalar.shape)}`)
  const forward = [...g.graph.nodes]
  const depends = dependents(g, forward, wanted)
  const parts = new Map<Value, Value>([[scalar, g.scalar(1, scalar.dtype)]])
  for (const node of forward.toReversed()) {
    const outgoing = node.outputs.map((output) => parts.get(output) ?? null)
    if (outgoing.every((gradient) => gradient === null)) continue
    if (!node.inputs.some((input) => input && real(input) && depends.has(input))) continue
    const rule = opOf(node.op).gradient
    if (rule === undefined) throw new GraphError(`${node.op} (${node.name}) has no gradient rule`)
    if (rule === null) continue
    const [output] = node.outputs
    if (!output) throw new GraphError(`${node.name} has no output`)
    const incoming = rule({
      g,
      node,
      input: (index) => {
        const value = node.inputs[index]
        if (!value) throw new GraphError(`${node.name} has no input ${index}`)
        return value
      },
      output,
      dy: outgoing[0] ?? g.zerosLike(output),
      gradients: outgoing,
    })
    node.inputs.forEach((input, index) => {
      const gradient = incoming[index]
      if (!input || !gradient || !real(input) || !depends.has(input)) return
      const part = unbroadcast(g, gradient, input)
      if (!sameShape(part.shape, input.shape) || part.dtype !== input.dtype)
        throw new GraphError(
          `${node.op} gave a gradient ${formatShape(part.shape)} for ${input.name} ${formatShape(input.shape)}`,
        )
      const before = parts.get(input)
      parts.set(input, before ? g.Add(before, part) : part)
    })
  }
  return wanted.map((value) => parts.get(value) ?? g.zerosLike(value))
}

/** Everything computed from any of `from` that is not detached from it, and `from` itself. */
function dependents(g: Builder, nodes: readonly Node[], from: readonly Value[]): ReadonlySet<Value> {
  const found = new Set<Value>(from)
  for (const node of nodes)
    if (node.inputs.some((input) => input && found.has(input)))
      for (const output of node.outputs) if (!g.isDetached(output)) found.add(output)
  return found
}
