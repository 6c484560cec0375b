import { axisSize, isAscending, type Draft, type Flow } from './sheet.ts'
import type { Step } from './step.ts'

export interface Trailing {
  readonly flow: Flow
  readonly order: readonly number[] | null
  /** The value that a layer makes of this one, number by number, in axes of the file. */
  restored(layer: Draft): Flow
}

/**
 * The value with one of its axes last and in one piece, as layers over the last axis want it. The numbers of that axis may come
 * out in another order than in the file; `order` then says for each which of the file's it is, so that weights follow, and a layer
 * that keeps them in place is brought back by `restored`.
 */
export function trailing(step: Step, flow: Flow, axis: number): Trailing {
  const { layer, axes } = flow
  const own = (axes[axis] ?? []).filter((each) => axisSize(layer, each) !== 1)
  const others = axes.flatMap((group, index) => (index === axis ? [] : group)).filter((each) => each !== 0)
  const kept = others.toSorted((a, b) => a - b)
  const before = kept.filter((each) => axisSize(layer, each) !== 1)
  if (Math.max(...before, 0) > Math.min(...own, Infinity)) {
    const rest = axes.flatMap((group, index) => (index === axis || group.includes(0) ? [] : [index]))
    const arranged = step.arrange(flow, [...rest.map((index) => [index]), [axis]])
    const places = axes.map((group, index) => placeOf(group, index, axis, rest))
    return { flow: { layer: arranged, axes: places }, order: null, restored: (made) => ({ layer: made, axes: places }) }
  }
  const count = own.reduce((product, each) => product * axisSize(layer, each), 1)
  const merged = step.sheet.reshape(layer, [...kept.map((each) => axisSize(layer, each)), count])
  const mergedAxes = axes.map((group, index) =>
    index === axis ? [kept.length + 1] : group.map((each) => (each === 0 ? 0 : kept.indexOf(each) + 1)),
  )
  const order = isAscending(own) ? null : orderOf(flow, own)
  return {
    flow: { layer: merged, axes: mergedAxes },
    order,
    restored: (made) =>
      order ? { layer: step.sheet.reshape(made, layer.sizes), axes } : { layer: made, axes: mergedAxes },
  }
}

function placeOf(group: readonly number[], index: number, last: number, rest: readonly number[]): readonly number[] {
  if (index === last) return [rest.length + 1]
  return group.includes(0) ? [0] : [rest.indexOf(index) + 1]
}

/** For each number in the layer's own order: its place in the file's, whose axes come as listed. */
function orderOf({ layer }: Flow, listed: readonly number[]): readonly number[] {
  const sizes = listed.map((axis) => axisSize(layer, axis))
  const strides = sizes.map((_, index) => sizes.slice(index + 1).reduce((product, size) => product * size, 1))
  return listed
    .toSorted((a, b) => a - b)
    .reduce<number[]>(
      (places, axis) => {
        const [size = 1, stride = 1] = [sizes[listed.indexOf(axis)], strides[listed.indexOf(axis)]]
        return places.flatMap((place) => Array.from({ length: size }, (_, index) => place + index * stride))
      },
      [0],
    )
}
