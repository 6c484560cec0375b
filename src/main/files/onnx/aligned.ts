import { axisSize, batchAxis, dimsOf, isAscending, sameAxes, type Draft, type Flow } from './sheet.ts'
import type { Step } from './step.ts'

/**
 * Values that are combined, in one layout: that of the largest where it has an axis for each of the file's, else the file's.
 * Axes of 1 repeat, but not along `joined`, the axis along which values follow each other.
 */
export function aligned(
  step: Step,
  flows: readonly Flow[],
  joined: number | null,
): { readonly layers: readonly Draft[]; readonly axes: Flow['axes'] } {
  const rank = Math.max(...flows.map(({ axes }) => axes.length))
  const wide = flows.map((flow) => ({
    ...flow,
    axes: [...Array.from({ length: rank - flow.axes.length }, (): readonly number[] => []), ...flow.axes],
  }))
  const [first] = wide
  if (!first) return step.refuse('combines nothing')
  const batch = batchAxis(first)
  if (wide.some((flow) => batchAxis(flow) !== batch))
    return step.refuse(`combines ${flows.map((flow) => step.shapeOf(flow)).join(' and ')}, whose batch axes differ`)
  const dims = wide.map(dimsOf)
  const sizes = Array.from({ length: rank }, (_, axis) => Math.max(...dims.map((each) => each[axis] ?? 1)))
  if (dims.some((each) => each.some((size, axis) => axis !== joined && size !== 1 && size !== sizes[axis])))
    return step.refuse(`combines ${flows.map((flow) => step.shapeOf(flow)).join(' and ')}, which do not fit together`)
  if (wide.every((flow) => sameAxes(flow, first) && covers(flow, sizes, joined)))
    return { layers: wide.map(({ layer }) => layer), axes: first.axes }
  const natural = sizes.flatMap((_, axis) => (axis === batch ? [] : [[axis]]))
  const orders = [natural, ...wide.filter((flow) => covers(flow, sizes, joined)).map(orderOf)]
  const costs = orders.map((order) => wide.reduce((sum, flow) => sum + costOf(flow, order), 0))
  const order = orders[costs.indexOf(Math.min(...costs))] ?? natural
  return {
    layers: wide.map((flow) => step.arrange(flow, order)),
    axes: sizes.map((_, axis) => (axis === batch ? [0] : placeOf(order, axis))),
  }
}

/** How many layers it takes to bring a value into an order. */
function costOf({ layer, axes }: Flow, order: readonly (readonly number[])[]): number {
  const sequence = order.flat().flatMap((axis) => axes[axis] ?? [])
  const moved = sequence.filter((axis) => axisSize(layer, axis) !== 1)
  const sizes = order.map((group) => group.flatMap((axis) => axes[axis] ?? []).map((axis) => axisSize(layer, axis)))
  const same = sizes.length === layer.sizes.length && sizes.every((group) => group.length === 1)
  return (isAscending(moved) ? 0 : 1) + (same ? 0 : 1)
}

/** Whether each axis of the file that is not 1 in all of the values is an axis of the layer's output by itself. */
function covers({ axes, layer }: Flow, sizes: readonly number[], joined: number | null): boolean {
  const mentioned = axes.flat().filter((axis) => axis !== 0)
  const complete = layer.sizes.every((size, axis) => size === 1 || mentioned.includes(axis + 1))
  return (
    complete &&
    axes.every((group, axis) => group.length === 1 || (group.length === 0 && sizes[axis] === 1 && axis !== joined))
  )
}

/** For each axis of the layer's output: the axis of the file that it is, if any. */
function orderOf({ axes, layer }: Flow): readonly (readonly number[])[] {
  return layer.sizes.map((_, own) => {
    const axis = axes.findIndex((group) => group.includes(own + 1))
    return axis < 0 ? [] : [axis]
  })
}

function placeOf(order: readonly (readonly number[])[], axis: number): readonly number[] {
  const place = order.findIndex((group) => group.includes(axis))
  return place < 0 ? [] : [place + 1]
}
