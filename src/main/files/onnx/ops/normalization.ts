import { typed } from '../../numbers.ts'
import { floatOf, intOf, intsOf } from '../attributes.ts'
import { filledFloats, floats, reshaped, rowsIn, type Floats } from '../floats.ts'
import { axisSize, dimsOf, whole, type Flow } from '../sheet.ts'
import { spread } from '../spread.ts'
import type { Step } from '../step.ts'
import { trailing, type Trailing } from '../trailing.ts'

const epsilonOf = ({ node }: Step): number => typed(floatOf(node, 'epsilon', 1e-5))

/** An axis of the file as one axis of a layer's output, counted from 1. */
interface Single extends Trailing {
  readonly axis: number
}

function single(step: Step, flow: Flow, axis: number): Single {
  const group = flow.axes[axis] ?? []
  const [only] = group
  if (group.includes(0)) return step.refuse('normalizes over the rows of a batch, which no layer does')
  if (only !== undefined && group.length === 1)
    return { flow, axis: only, order: null, restored: (layer) => ({ layer, axes: flow.axes }) }
  const last = trailing(step, flow, axis)
  return { ...last, axis: last.flow.layer.sizes.length }
}

/** -1 for the last axis, as people write it. */
const written = (flow: Flow, axis: number): number => (axis === flow.layer.sizes.length ? -1 : axis)

export function batchNormalization(step: Step): void {
  const { node } = step
  if (intOf(node, 'training_mode', 0) === 1)
    return step.refuse('was exported in training mode; switch the model to evaluation before exporting')
  const { flow, axis, order, restored } = single(step, step.flow(), 1)
  const size = axisSize(flow.layer, axis)
  const weight = (index: number, what: string): Floats => {
    const stored = step.weights(index, what)
    if (stored.data.length !== size)
      return step.refuse(`has ${stored.data.length} numbers of ${what} for ${size} channels`)
    return order ? rowsIn(stored, order) : stored
  }
  const layer = step.layer({
    kind: 'batchNormalization',
    params: { axis: written(flow, axis), epsilon: epsilonOf(step), momentum: typed(floatOf(node, 'momentum', 0.9)) },
    inputs: [flow.layer],
    weights: {
      gamma: weight(1, 'scale'),
      beta: weight(2, 'offset'),
      movingMean: weight(3, 'mean'),
      movingVariance: weight(4, 'variance'),
    },
    sizes: flow.layer.sizes,
  })
  step.give(restored(layer))
}

/** Over the last axes from `axis` on, or over those listed. */
export function layerNormalization(step: Step): void {
  const given = step.flow()
  const first = step.axis(given, -1)
  const listed = intsOf(step.node, 'axes')?.map((axis) => (axis < 0 ? axis + given.axes.length : axis))
  const axes = given.axes.flatMap((_, axis) => ((listed ? listed.includes(axis) : axis >= first) ? [axis] : []))
  if (step.isRead(1) || step.isRead(2))
    return step.refuse('puts out mean and deviation too, which no layer does; leave them out')
  const simple = axes.every((axis) => given.axes[axis]?.length === 1 && !given.axes[axis].includes(0))
  const flow = simple ? given : naturalFlow(step, given)
  const own = axes.flatMap((axis) => flow.axes[axis] ?? []).toSorted((a, b) => a - b)
  const sizes = own.map((axis) => axisSize(flow.layer, axis))
  const fit = (tensor: Floats, what: string): Floats =>
    spread(flow, tensor)?.over(own) ?? step.refuse(`has ${what} of another shape than what it normalizes`)
  const scale = step.floats(1, 'scale')
  const offset = step.floats(2, 'offset')
  const layer = step.layer({
    kind: 'layerNormalization',
    params: {
      // Of several, -1 would count as the first.
      axis: own.length === 1 ? own.map((axis) => written(flow, axis)) : own,
      epsilon: epsilonOf(step),
      scale: scale !== undefined,
      center: offset !== undefined,
    },
    inputs: [flow.layer],
    weights: {
      ...(scale ? { gamma: reshaped(fit(scale, 'a scale'), sizes) } : {}),
      ...(offset ? { beta: reshaped(fit(offset, 'an offset'), sizes) } : {}),
    },
    sizes: flow.layer.sizes,
  })
  step.give({ layer, axes: flow.axes })
}

function naturalFlow(step: Step, flow: Flow): Flow {
  const batch = flow.axes.findIndex((group) => group.includes(0))
  const { layer } = whole(step.natural(flow))
  return { layer, axes: flow.axes.map((_, axis) => (axis === batch ? [0] : [axis < batch ? axis + 1 : axis])) }
}

export function rmsNormalization(step: Step): void {
  const given = step.flow()
  const last = given.axes.length - 1
  const axes = intsOf(step.node, 'axes') ?? [step.axis(given, -1)]
  if (axes.some((axis) => axis !== -1 && axis !== last))
    return step.refuse('normalizes other axes than the last, which no layer does')
  const { flow, order, restored } = trailing(step, given, last)
  const size = flow.layer.sizes.at(-1) ?? 1
  const scale = step.floats(1, 'scale')
  const gain = scale ? reshaped(scale, [size]) : filledFloats([size], 1)
  const layer = step.layer({
    kind: 'rmsNormalization',
    params: { epsilon: epsilonOf(step) },
    inputs: [flow.layer],
    weights: { scale: order ? rowsIn(gain, order) : gain },
    sizes: flow.layer.sizes,
  })
  step.give(restored(layer))
}

/** Each group of channels of each row; with scale and offset of each channel where the file has them. */
function addGroups(step: Step, groups: number, scale: Floats | undefined, offset: Floats | undefined): void {
  const { flow, axis, order, restored } = single(step, step.flow(), 1)
  if (order) return step.refuse('normalizes channels that are mixed with other axes, which no layer does')
  const size = axisSize(flow.layer, axis)
  const each = (tensor: Floats): Floats => {
    const times = size / tensor.data.length
    return floats(
      [size],
      Array.from({ length: size }, (_, index) => tensor.data[Math.floor(index / times)] ?? 0),
    )
  }
  const layer = step.layer({
    kind: 'groupNormalization',
    params: {
      groups,
      axis: written(flow, axis),
      epsilon: epsilonOf(step),
      scale: scale !== undefined,
      center: offset !== undefined,
    },
    inputs: [flow.layer],
    weights: { ...(scale ? { gamma: each(scale) } : {}), ...(offset ? { beta: each(offset) } : {}) },
    sizes: flow.layer.sizes,
  })
  step.give(restored(layer))
}

export function instanceNormalization(step: Step): void {
  addGroups(step, -1, step.weights(1, 'scale'), step.weights(2, 'offset'))
}

export function groupNormalization(step: Step): void {
  const dims = dimsOf(step.flow())
  const back = step.operand(3) === null ? [] : step.elements(3, 'shape')
  if (back.some((size, axis) => typeof size === 'number' && size > 0 && size !== dims[axis] && axis !== 0))
    return step.refuse('comes out in another shape than it went in, which no normalization does')
  const groups = intOf(step.node, 'num_groups', 1)
  addGroups(step, groups === dims[1] ? -1 : groups, step.floats(1, 'scale'), step.floats(2, 'offset'))
}
