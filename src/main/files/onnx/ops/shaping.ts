import { floatOf, intOf, intsOf, textOf } from '../attributes.ts'
import { aligned } from '../aligned.ts'
import { listOf, slicesOf } from '../constants.ts'
import { floatsOf } from '../floats.ts'
import { axisSize, batchAxis, batchSize, dimsOf, type Draft, type Flow } from '../sheet.ts'
import type { Step } from '../step.ts'
import type { Element } from '../values.ts'
import { embedding } from './dense.ts'
import { cropped, zeroPadded } from './window.ts'

const normal = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** The sizes of a value, the rows of a batch left open. */
export function shape(step: Step): void {
  const known = step.operand(0)
  const given =
    known?.kind === 'flow'
      ? dimsOf(known.flow)
      : known?.kind === 'constant'
        ? known.tensor.shape
        : step.refuse('takes the shape of something unknown')
  const [start, end] = [intOf(step.node, 'start', 0), intOf(step.node, 'end', given.length)]
  const data = given
    .slice(start, end)
    .map((size): Element => (size === batchSize ? 'batch' : size % batchSize === 0 ? 'open' : size))
  step.giveKnown({ kind: 'elements', shape: [data.length], data })
}

export function transpose(step: Step): void {
  const flow = step.flow()
  const perm = intsOf(step.node, 'perm') ?? flow.axes.map((_, axis) => flow.axes.length - 1 - axis)
  step.give({ layer: flow.layer, axes: perm.map((axis) => flow.axes[axis] ?? []) })
}

export function unsqueeze(step: Step): void {
  const flow = step.flow()
  const axes = step.list('axes', 1) ?? []
  const rank = flow.axes.length + axes.length
  const added = axes.map((axis) => normal(axis, rank))
  const left = [...flow.axes]
  step.give({
    layer: flow.layer,
    axes: Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? [] : (left.shift() ?? []))),
  })
}

export function squeeze(step: Step): void {
  const flow = step.flow()
  const dims = dimsOf(flow)
  const given = step.list('axes', 1)?.map((axis) => normal(axis, dims.length))
  const gone = given ?? dims.flatMap((size, axis) => (size === 1 ? [axis] : []))
  if (gone.some((axis) => dims[axis] !== 1)) return step.refuse(`drops axes of ${step.shapeOf(flow)} that are not 1`)
  step.give({ layer: flow.layer, axes: flow.axes.filter((_, axis) => !gone.includes(axis)) })
}

export function flatten(step: Step): void {
  const flow = step.flow()
  const axis = step.axis(flow, 1)
  const groups = [flow.axes.slice(0, axis).flat(), flow.axes.slice(axis).flat()]
  step.give({ layer: flow.layer, axes: groups })
}

export function reshape(step: Step): void {
  const flow = step.flow()
  const raw = intsOf(step.node, 'shape') ?? step.elements(1, 'shape')
  step.give(reshaped(step, flow, targetOf(step, flow, raw)))
}

/** The sizes a Reshape asks for, the batch as `batchSize`: worked out from 0, -1 and what depends on the number of rows. */
function targetOf(step: Step, flow: Flow, raw: readonly Element[]): readonly number[] {
  const dims = dimsOf(flow)
  const total = dims.reduce((product, size) => product * size, 1)
  const row = total / batchSize
  const copies = intOf(step.node, 'allowzero', 0) === 0
  const target = raw.map((size, axis) => {
    if (size === 'batch') return batchSize
    if (size === 'open') return -1
    return size === 0 && copies ? (dims[axis] ?? 1) : size
  })
  const order = flow.axes.flat()
  const before = order.slice(0, order.indexOf(0)).reduce((product, axis) => product * axisSize(flow.layer, axis), 1)
  const filled = (sizes: readonly number[]): readonly number[] | null => {
    const known = sizes.reduce((product, size) => (size === -1 ? product : product * size), 1)
    const complete = sizes.map((size) => (size === -1 ? total / known : size))
    const place = complete.findIndex((size) => size % batchSize === 0)
    const lead = complete.slice(0, place).reduce((product, size) => product * size, 1)
    const apart = complete[place] === batchSize
    const fits = complete.every(Number.isInteger) && complete.reduce((product, size) => product * size, 1) === total
    return fits && place >= 0 && (apart ? lead === before : before % lead === 0) ? complete : null
  }
  // A file for a fixed number of rows has that number where the batch is.
  const candidates = [target, ...target.flatMap((size, axis) => (size > 0 ? [target.with(axis, batchSize)] : []))]
  const found = candidates
    .filter((sizes) => sizes.filter((size) => size === -1).length <= 1)
    .map(filled)
    .filter((sizes) => sizes !== null)
  return (
    found.find((sizes) => sizes.includes(batchSize)) ??
    found[0] ??
    step.refuse(
      `arranges ${step.shapeOf(flow)}, ${row} numbers a row, as [${raw.join(', ')}], which mixes rows; keep the first axis`,
    )
  )
}

/** The value in other sizes of the file: axes that only merge cost nothing, those that split make one layer. */
function reshaped(step: Step, flow: Flow, target: readonly number[]): Flow {
  const split = splitting(flow, target)
  if (!split) {
    // Axes that neither merge nor split have to lie as in the file.
    if (batchAxis(flow) !== 0 || target[0] !== batchSize)
      return step.refuse(`arranges ${step.shapeOf(flow)} as [${target.join(', ')}] with the batch inside; put it first`)
    const layer = step.sheet.reshape(step.natural(flow), target.slice(1))
    return { layer, axes: target.map((_, axis) => [axis]) }
  }
  const { layer } = flow
  const parts = layer.sizes.map((size, axis) => split.factors.get(axis + 1) ?? [size])
  const starts = parts.map((_, axis) => 1 + parts.slice(0, axis).reduce((sum, part) => sum + part.length, 0))
  const place = ([axis, part]: readonly [number, number]): number => (axis === 0 ? 0 : (starts[axis - 1] ?? 1) + part)
  return { layer: step.sheet.reshape(layer, parts.flat()), axes: split.groups.map((group) => group.map(place)) }
}

interface Splitting {
  /** By axis of the layer's output: the sizes it is split into. */
  readonly factors: ReadonlyMap<number, readonly number[]>
  /** For each axis of the target: which axes of the layer's output it is, and which part of each. */
  readonly groups: readonly (readonly (readonly [axis: number, part: number])[])[]
}

/** How the axes of a value become those of the target, each split or merged with its neighbours; null where they cross. */
function splitting({ layer, axes }: Flow, target: readonly number[]): Splitting | null {
  const left = axes
    .flat()
    .flatMap((axis) => (axisSize(layer, axis) === 1 ? [] : [{ axis, size: axisSize(layer, axis) }]))
  const factors = new Map<number, number[]>()
  const groups: (readonly [number, number])[][] = []
  for (const wanted of target) {
    const group: (readonly [number, number])[] = []
    let open = wanted
    while (open > 1) {
      const [next] = left
      if (!next) return null
      const taken = open % next.size === 0 ? next.size : open
      if (next.size % taken !== 0 || (next.axis === 0 && taken !== batchSize)) return null
      const parts = factors.get(next.axis) ?? []
      factors.set(next.axis, [...parts, taken])
      group.push([next.axis, parts.length])
      open /= taken
      if (next.size === taken) left.shift()
      else left[0] = { axis: next.axis, size: next.size / taken }
    }
    groups.push(group)
  }
  return left.length === 0 ? { factors, groups } : null
}

/** Part of an axis of the file. */
function cropAxis(step: Step, flow: Flow, axis: number, start: number, size: number): Flow {
  const full = dimsOf(flow)[axis] ?? 1
  if (start === 0 && size === full) return flow
  if (axis === batchAxis(flow)) return step.refuse('takes some of the rows of a batch; each row has to stay by itself')
  if (size < 1) return step.refuse('takes nothing of an axis')
  const [own, ...more] = flow.axes[axis] ?? []
  const rank = flow.layer.sizes.length
  const ends = [start, full - start - size] as const
  if (own !== undefined && more.length === 0 && (rank === 2 || rank === 3) && own < rank) {
    const pads = flow.layer.sizes.slice(0, -1).map((_, index) => (index === own - 1 ? ends : ([0, 0] as const)))
    return { layer: cropped(step, flow.layer, pads), axes: flow.axes }
  }
  const batch = batchAxis(flow)
  const others = flow.axes.flatMap((_, index) => (index === axis || index === batch ? [] : [index]))
  const layer = cropped(step, step.arrange(flow, [[axis], others]), [ends])
  const dims = dimsOf(flow)
  return {
    layer: step.sheet.reshape(layer, [size, ...others.map((index) => dims[index] ?? 1)]),
    axes: flow.axes.map((_, index) => (index === batch ? [0] : index === axis ? [1] : [others.indexOf(index) + 2])),
  }
}

export function slice(step: Step): void {
  const flow = step.flow()
  const dims = dimsOf(flow)
  const lists = ['starts', 'ends', 'axes', 'steps'].map((name, index) => step.list(name, index + 1))
  const ranges = slicesOf(step.node, dims, lists) ?? step.refuse('takes a part that depends on the data')
  if (ranges.some(({ step: by }) => by !== 1))
    return step.refuse('leaves places out or goes backwards, which no layer does; take a part in one piece')
  step.give(ranges.reduce((rest, { start, size }, axis) => cropAxis(step, rest, axis, start, size), flow))
}

export function gather(step: Step): void {
  const table = step.operand(0)
  if (table?.kind === 'constant') return embedding(step, floatsOf(table.tensor))
  const flow = step.flow()
  const axis = step.axis(flow, 0)
  const indices = listOf({ data: step.elements(1, 'indices') })
  const [index = 0, ...more] = indices ?? []
  if (!indices || more.length > 0)
    return step.refuse('takes several places at once, which no layer does; take one, or a part in one piece')
  const size = dimsOf(flow)[axis] ?? 1
  const part = cropAxis(step, flow, axis, normal(index, size), 1)
  const known = step.operand(1)
  const keeps = known?.kind === 'constant' && known.tensor.shape.length > 0
  step.give(keeps ? part : { layer: part.layer, axes: part.axes.filter((_, other) => other !== axis) })
}

export function split(step: Step): void {
  const flow = step.flow()
  const axis = step.axis(flow, 0)
  const full = dimsOf(flow)[axis] ?? 1
  const count = step.node.outputs.length
  const sizes =
    step.list('split', 1) ??
    Array.from({ length: count }, (_, index) =>
      Math.min(Math.ceil(full / count), full - index * Math.ceil(full / count)),
    )
  let start = 0
  sizes.forEach((size, output) => {
    if (step.isRead(output)) step.give(cropAxis(step, flow, axis, start, size), output)
    start += size
  })
}

export function concat(step: Step): void {
  const flows = step.operands.map((_, index) => step.flow(index))
  const [first] = flows
  if (!first) return step.refuse('joins nothing')
  const axis = step.axis(first, 0)
  if (axis === batchAxis(first)) return step.refuse('joins rows of a batch; each row has to stay by itself')
  if (flows.length === 1) return step.give(first)
  const { layers, axes } = aligned(step, flows, axis)
  const [own = 0] = axes[axis] ?? []
  const [base] = layers
  if (!base || own === 0) return step.refuse('joins values along an axis that they do not have')
  const size = layers.reduce((sum, layer) => sum + axisSize(layer, own), 0)
  const layer = step.layer({
    kind: 'concatenate',
    params: { axis: own === base.sizes.length ? -1 : own },
    inputs: layers,
    sizes: base.sizes.with(own - 1, size),
  })
  step.give({ layer, axes })
}

/** The channels-last layer of images or sequences of the file, whatever their number of places. */
function places(step: Step, flow: Flow): { readonly layer: Draft; readonly rank: number } {
  const rank = flow.axes.length - 2
  if (rank < 1 || rank > 2) return step.refuse(`takes ${step.shapeOf(flow)}, where images or sequences are expected`)
  return { layer: step.channelsLast(flow, rank), rank }
}

export function pad(step: Step): void {
  const flow = step.flow()
  const count = flow.axes.length
  const given = step.list('pads', 1) ?? []
  const named = step.list('axes', 3)?.map((axis) => normal(axis, count))
  const pads = flow.axes.map((_, axis): readonly [number, number] => {
    const index = named ? named.indexOf(axis) : axis
    return index < 0 ? [0, 0] : [given[index] ?? 0, given[index + given.length / 2] ?? 0]
  })
  const mode = textOf(step.node, 'mode', 'constant')
  const value = step.operand(2) === null ? floatOf(step.node, 'value', 0) : (step.number('value', 2) ?? 0)
  if (mode !== 'constant' || value !== 0)
    return step.refuse('pads with other numbers than 0, which no layer does; pad with 0')
  const batch = batchAxis(flow)
  const touched = pads.flatMap(([begin, end], axis) => (begin === 0 && end === 0 ? [] : [axis]))
  if (touched.length === 0) return step.give(flow)
  if (touched.includes(batch) || touched.length > 2)
    return step.refuse('pads the batch or three axes, which no layer does')
  // Whatever is not padded is a channel to the layer.
  const others = flow.axes.flatMap((_, axis) => (touched.includes(axis) || axis === batch ? [] : [axis]))
  const dims = dimsOf(flow)
  const input = step.arrange(flow, [...touched.map((axis) => [axis]), others])
  const padded = zeroPadded(
    step,
    input,
    touched.map((axis) => pads[axis] ?? [0, 0]),
  )
  const layer = step.sheet.reshape(padded, [...padded.sizes.slice(0, -1), ...others.map((axis) => dims[axis] ?? 1)])
  const order = [...touched, ...others]
  step.give({ layer, axes: flow.axes.map((_, axis) => (axis === batch ? [0] : [order.indexOf(axis) + 1])) })
}

/** Nearest neighbours by whole factors, however a file counts them; or lines between them. */
export function resize(step: Step): void {
  const { node } = step
  const flow = step.flow()
  const { layer, rank } = places(step, flow)
  const dims = dimsOf(flow)
  const upsample = node.op === 'Upsample'
  const scales = upsample
    ? node.attributes['scales']?.type === 'floats'
      ? node.attributes['scales'].value
      : step.list('scales', 1)
    : step.opset < 11
      ? step.list('scales', 1)
      : nonEmpty(step.list('scales', 2))
  const sizes = nonEmpty(step.operand(3) === null ? undefined : step.elements(3, 'sizes'))
  const factors = dims.map((size, axis) => {
    const wanted = sizes?.[axis]
    return scales?.[axis] ?? (typeof wanted === 'number' ? wanted / size : 1)
  })
  const size = factors.slice(2)
  if (size.some((factor) => !Number.isInteger(factor) || factor < 1) || factors[1] !== 1)
    return step.refuse(`enlarges by ${size.join(' and ')}; only whole factors are supported`)
  const mode = textOf(node, 'mode', 'nearest')
  const transformation = textOf(
    node,
    'coordinate_transformation_mode',
    upsample || step.opset < 11 ? 'asymmetric' : 'half_pixel',
  )
  const rounding = textOf(node, 'nearest_mode', upsample || step.opset < 11 ? 'floor' : 'round_prefer_floor')
  const bilinear = mode === 'linear' && rank === 2 && /half_pixel$/.test(transformation)
  const repeats = size.every((factor, axis) => isRepeating(layer.sizes[axis] ?? 1, factor, transformation, rounding))
  if (mode === 'nearest' ? !repeats : !bilinear)
    return step.refuse(
      `enlarges by ${mode} with ${transformation}, which no layer does; use nearest, or linear with half_pixel`,
    )
  const made = step.layer({
    kind: `upSampling${rank}D`,
    params: rank === 1 ? { size: size[0] ?? 1 } : { size, interpolation: bilinear ? 'bilinear' : 'nearest' },
    inputs: [layer],
    sizes: [...layer.sizes.slice(0, -1).map((each, axis) => each * (size[axis] ?? 1)), layer.sizes.at(-1) ?? 1],
  })
  step.give(step.channelsFirst(made))
}

const nonEmpty = <T>(list: readonly T[] | undefined): readonly T[] | undefined =>
  list && list.length > 0 ? list : undefined

/** Whether each new place takes the number of the old one that it lies in. */
function isRepeating(size: number, factor: number, transformation: string, rounding: string): boolean {
  const coordinate = (place: number): number => {
    if (transformation === 'asymmetric') return place / factor
    if (transformation === 'tf_half_pixel_for_nn') return (place + 0.5) / factor
    return transformation === 'align_corners'
      ? (place * (size - 1)) / Math.max(size * factor - 1, 1)
      : (place + 0.5) / factor - 0.5
  }
  const round = (x: number): number => {
    if (rounding === 'floor') return Math.floor(x)
    if (rounding === 'ceil') return Math.ceil(x)
    return rounding === 'round_prefer_ceil' ? Math.floor(x + 0.5) : Math.ceil(x - 0.5)
  }
  return Array.from({ length: size * factor }, (_, place) => place).every(
    (place) => Math.min(Math.max(round(coordinate(place)), 0), size - 1) === Math.floor(place / factor),
  )
}

/** A value that is made as large as it is already; repeating it is no layer's work. */
export function expand(step: Step): void {
  const flow = step.flow()
  const dims = dimsOf(flow)
  const target = step.elements(1, 'shape').map((size) => (size === 'batch' ? batchSize : size))
  const padded = [...Array.from({ length: Math.max(dims.length - target.length, 0) }, () => 1), ...target]
  if (
    padded.length > dims.length ||
    padded.some(
      (size, axis) => size !== 1 && size !== dims[axis] && !(dims[axis] === batchSize && axis === batchAxis(flow)),
    )
  )
    return step.refuse(`repeats ${step.shapeOf(flow)} to [${target.join(', ')}], which no layer does`)
  step.give(flow)
}
