import { sizeOf } from '#engine/graph/graph.ts'
import { expanded, permuted, reshaped, type Floats } from './floats.ts'
import { axisSize, dimsOf, type Flow } from './sheet.ts'

export interface Spread {
  /** The axes of the layer's output along which the numbers differ, ascending. */
  readonly axes: readonly number[]
  /** The numbers over these axes, which are at least those, ascending. */
  over(axes: readonly number[]): Floats
}

/** A constant that is broadcast to a value, in the axes of the layer's output; undefined where it does not fit into it. */
export function spread(flow: Flow, constant: Floats): Spread | undefined {
  const { layer } = flow
  const dims = dimsOf(flow)
  const missing = dims.length - constant.shape.length
  if (missing < 0) return undefined
  const shape = [...Array.from({ length: missing }, () => 1), ...constant.shape]
  const differing = shape.flatMap((size, axis) => (size > 1 ? [axis] : []))
  if (differing.some((axis) => shape[axis] !== dims[axis] || flow.axes[axis]?.includes(0))) return undefined
  const atoms = differing.flatMap((axis) => flow.axes[axis] ?? [])
  const ascending = atoms.toSorted((a, b) => a - b)
  const numbers = permuted(
    reshaped(
      constant,
      atoms.map((axis) => axisSize(layer, axis)),
    ),
    ascending.map((axis) => atoms.indexOf(axis)),
  )
  return {
    axes: ascending,
    over: (axes) => {
      const sizes = axes.map((axis) => axisSize(layer, axis))
      const present = axes.map((axis, index) => (ascending.includes(axis) ? (sizes[index] ?? 1) : 1))
      if (sizeOf(present) !== numbers.data.length)
        throw new Error('a constant differs along axes that are not asked for')
      return expanded(reshaped(numbers, present), sizes)
    },
  }
}
