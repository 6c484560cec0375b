/** Ops that move elements, or take one of several places: units stay what they are. */
import type { Node, Shape, Value } from '../../../graph/graph.ts'
import { intAttribute, intsAttribute, textAttribute } from '../../../ops/attributes.ts'
import { between, hull, unbounded, type Bounds } from '../bounds.ts'
import type { Channels, Trace } from '../trace.ts'
import type { Rule } from './rule.ts'

const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)
const rankOf = ({ inputs: [x] }: Node): number => x?.shape.length ?? 0

/** The outputs have the units of the first input along the same axis, bounds as they are or as `bounded` says. */
function pass(trace: Trace, node: Node, bounded: (bounds: Bounds) => Bounds = (bounds) => bounds): boolean {
  const channels = trace.channelsOf(node.inputs[0])
  if (!channels) return false
  for (const output of node.outputs) trace.set(output, { ...channels, bounds: channels.bounds.map(bounded) })
  return true
}

const transpose: Rule = (trace, node) => {
  const channels = trace.channelsOf(node.inputs[0])
  const perm = intsAttribute(node.attributes, 'perm')
  const [output] = node.outputs
  if (!channels || !perm || !output) return false
  trace.set(output, { ...channels, axis: perm.indexOf(channels.axis) })
  return true
}

/** The product of sizes; undefined where one is known only at run time. */
function product(shape: Shape): number | undefined {
  let result = 1
  for (const dim of shape) {
    if (typeof dim === 'string') return undefined
    result *= dim
  }
  return result
}

/**
 * The axis of the same elements in another shape that shows the channels, and the channel at each of its places: an index of it
 * has to mean one channel alone.
 */
function shown(from: Shape, axis: number, to: Shape): { readonly axis: number; readonly channels: number[] } | null {
  const count = from[axis]
  const inner = product(from.slice(axis + 1))
  if (typeof count !== 'number' || inner === undefined) return null
  const span = count * inner
  for (const [candidate, size] of to.entries()) {
    const step = product(to.slice(candidate + 1))
    if (step === undefined || typeof size !== 'number' || size < count) continue
    if (inner % step !== 0 || (size * step) % span !== 0) continue
    const places = Array.from({ length: size }, (_, place) => Math.floor((place * step) / inner) % count)
    return { axis: candidate, channels: places }
  }
  return null
}

const reshape: Rule = (trace, node) => {
  const [x, sizes] = node.inputs
  const [output] = node.outputs
  const before = trace.channelsOf(x)
  if (!x || !before || !output) return false
  const place = shown(x.shape, before.axis, output.shape)
  if (!place) return false
  const { axis, channels } = place
  const after: Channels = {
    axis,
    units: channels.map((channel) => before.units[channel] ?? 0),
    bounds: channels.map((channel) => before.bounds[channel] ?? unbounded),
  }
  if (node.op === 'Reshape') {
    const wanted = trace.numbersOf(sizes)
    if (!wanted) return false
    // 0 copies the size before and -1 is worked out: both are right whatever is left.
    trace.adapted.set(node, (left) => ({
      sizes: wanted.map((size, at) => (at === axis && size > 0 ? left(after.units) : size)),
    }))
  }
  trace.set(output, after)
  return true
}

const concat: Rule = (trace, node) => {
  const [output] = node.outputs
  if (!output) return false
  const axis = fromFront(intAttribute(node.attributes, 'axis', 0), output.shape.length)
  const parts = node.inputs.filter((value) => value !== null)
  const known = parts.map((value) => trace.channelsOf(value))
  const met = known.filter((channels) => channels !== null)
  const [first] = met
  if (!first || met.some((channels) => channels.axis !== first.axis)) return false
  if (first.axis !== axis) {
    if (met.length < parts.length) return false
    for (const { units } of met) trace.units.join(first.units, units)
    const bounds = first.bounds.map((_, unit) =>
      met.map((channels) => channels.bounds[unit] ?? unbounded).reduce((one, other) => hull(one, other)),
    )
    trace.set(output, { ...first, bounds })
    return true
  }
  const all = parts.map((value, index) => known[index] ?? fixed(trace, value, axis))
  if (all.some((part) => part === null)) return false
  trace.set(output, {
    axis,
    units: all.flatMap((part) => part?.units ?? []),
    bounds: all.flatMap((part) => part?.bounds ?? []),
  })
  return true
}

/** Units of a value that cannot be made smaller. */
function fixed(trace: Trace, value: Value, axis: number): Pick<Channels, 'units' | 'bounds'> | null {
  const size = value.shape[axis]
  if (typeof size !== 'number') return null
  const units = trace.units.fresh(size)
  trace.pin(units)
  return { units, bounds: units.map(() => unbounded) }
}

const pool: Rule = (trace, node) => {
  if (trace.channelsOf(node.inputs[0])?.axis !== 1 || node.outputs.length > 1) return false
  // Zeros of the padding count where an average is divided by the whole window.
  const padded = intAttribute(node.attributes, 'count_include_pad', 0) === 1
  return pass(trace, node, padded ? (bounds) => hull(bounds, { low: 0, high: 0 }) : undefined)
}

const reduced: Rule = (trace, node) => {
  const [x, axesInput] = node.inputs
  const [output] = node.outputs
  const channels = trace.channelsOf(x)
  if (!x || !channels || !output) return false
  const given = trace.numbersOf(axesInput) ?? intsAttribute(node.attributes, 'axes')
  const axes = given?.map((axis) => fromFront(axis, x.shape.length))
  if (!axes || axes.length === 0 || axes.includes(channels.axis)) return false
  const kept = intAttribute(node.attributes, 'keepdims', 1) === 1
  const axis = kept ? channels.axis : channels.axis - axes.filter((each) => each < channels.axis).length
  const count = product(axes.map((each) => x.shape[each] ?? 1))
  const bounds = channels.bounds.map(({ low, high }): Bounds => {
    if (['ReduceMean', 'ReduceMax', 'ReduceMin'].includes(node.op)) return { low, high }
    return node.op === 'ReduceSum' && count !== undefined ? between(low * count, high * count) : unbounded
  })
  trace.set(output, { ...channels, axis, bounds })
  return true
}

const pad: Rule = (trace, node) => {
  const [, padsInput, valueInput, axesInput] = node.inputs
  const channels = trace.channelsOf(node.inputs[0])
  const pads = trace.numbersOf(padsInput)
  if (!channels || !pads || axesInput) return false
  if (pads[channels.axis] !== 0 || pads[channels.axis + rankOf(node)] !== 0) return false
  if (textAttribute(node.attributes, 'mode', 'constant') !== 'constant') return pass(trace, node)
  const fill = valueInput ? trace.numbersOf(valueInput)?.[0] : 0
  return pass(trace, node, (bounds) => (fill === undefined ? unbounded : hull(bounds, { low: fill, high: fill })))
}

/** Slice and Split, along axes other than the channels'. */
const cut: Rule = (trace, node) => {
  const channels = trace.channelsOf(node.inputs[0])
  if (!channels) return false
  const axes =
    node.op === 'Split'
      ? [intAttribute(node.attributes, 'axis', 0)]
      : (trace.numbersOf(node.inputs[3]) ?? trace.numbersOf(node.inputs[1])?.map((_, axis) => axis))
  if (!axes || axes.some((axis) => fromFront(axis, rankOf(node)) === channels.axis)) return false
  return pass(trace, node)
}

const resize: Rule = (trace, node) => {
  const scales = node.inputs[2] && trace.constantOf(node.inputs[2])
  const channels = trace.channelsOf(node.inputs[0])
  if (!channels || !scales || node.inputs[3] || Number(scales.data[channels.axis]) !== 1) return false
  const convex = textAttribute(node.attributes, 'mode', 'nearest') !== 'cubic'
  return pass(trace, node, convex ? undefined : () => unbounded)
}

/** Over another axis than the channels'. */
const alongAnother: Rule = (trace, node) => {
  const axis = fromFront(intAttribute(node.attributes, 'axis', -1), rankOf(node))
  return trace.channelsOf(node.inputs[0])?.axis !== axis && pass(trace, node, () => unbounded)
}

const reductions = ['Mean', 'Max', 'Min', 'Sum', 'Prod', 'L1', 'L2', 'SumSquare', 'LogSum', 'LogSumExp']

export const movements: Readonly<Record<string, Rule>> = {
  Transpose: transpose,
  Reshape: reshape,
  Flatten: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Concat: concat,
  MaxPool: pool,
  AveragePool: pool,
  GlobalMaxPool: pool,
  GlobalAveragePool: pool,
  Pad: pad,
  Slice: cut,
  Split: cut,
  Resize: resize,
  Softmax: alongAnother,
  LogSoftmax: alongAnother,
  Hardmax: alongAnother,
  ...Object.fromEntries(reductions.map((reduction) => [`Reduce${reduction}`, reduced])),
}
