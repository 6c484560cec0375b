/** By op: how it is computed over blocked images. */
import { sameShape, sizeOf, type Node, type Value } from '../../graph/graph.ts'
import { floatAttribute, intAttribute, intsAttribute, textAttribute } from '../../ops/attributes.ts'
import { convolutionOf, ofInputGradient, ofWeightGradient, type Convolution } from '../../ops/convolutionGradient.ts'
import { transposedOf } from '../../ops/convolution.ts'
import { normalizeAxis } from '../../ops/op.ts'
import { tiles } from '../../ops/pooling.ts'
import { isPointwise } from '../../ops/layout.ts'
import { poolWindowOf } from '../../ops/window.ts'
import { maskedPoolGradient } from '../plain/forms.ts'
import { positive } from '../plain/positive.ts'
import { affineOf } from './affine.ts'
import {
  cropped,
  forward,
  forwardEach,
  forwardFromFew,
  inputGradient,
  kernelBack,
  kernelBackEach,
  padded,
  stridedInputGradient,
  weightGradient,
  weightGradientEach,
  type Setup,
} from './convolution.ts'
import { pointwise } from './elementwise.ts'
import { mainOf, type BlockedForm } from './form.ts'
import { imageOf, imageWindowOf, shapeOf, type Pads, type Pair } from './image.ts'
import { movesFirst, movesLast, type Layouts } from './layouts.ts'
import { tiledMaxPoolGradient } from './pooling.ts'
import { reduce, reducePlaces } from './reduction.ts'
import { pool, repeat } from './runtimeOps.ts'

/** How a convolution can be computed in blocks: all channels with all, each by itself, or from fewer than a block. */
type Way = 'all' | 'each' | 'few'

/** A convolution from x to y in blocks; null where the runtime has none for it. */
function setupOf(
  { g, block }: Layouts,
  { window, group }: Convolution,
  x: Pick<Value, 'shape'>,
  y: Pick<Value, 'shape'>,
): { readonly setup: Setup; readonly way: Way } | null {
  const [from, to] = [imageOf(x.shape), imageOf(y.shape)]
  if (!from || !to || block === 0 || to.channels % block !== 0) return null
  const setup: Setup = { g, block, window: imageWindowOf(window), x: from, y: to }
  const whole = from.channels % block === 0
  if (group === 1 && whole) return { setup, way: 'all' }
  if (group === from.channels && group === to.channels && whole) return { setup, way: 'each' }
  const dilated = window.dilations.some((dilation) => dilation > 1)
  return group === 1 && from.channels < block && !dilated ? { setup, way: 'few' } : null
}

/** A kernel [features, channels, ...places] as [rows, columns, channels, features]. */
function asTaps({ g }: Layouts, kernel: Value): Value {
  const places = kernel.shape.slice(2).map((_, axis) => axis + 2)
  const moved = g.Transpose(kernel, [...places, 1, 0])
  return moved.shape.length === 3 ? g.Unsqueeze(moved, [0]) : moved
}

/** And back. */
function fromTaps({ g }: Layouts, taps: Value, kernel: Value): Value {
  const narrow = kernel.shape.length === 3 ? g.Squeeze(taps, [0]) : taps
  const last = kernel.shape.length - 1
  return g.Transpose(narrow, [last, last - 1, ...kernel.shape.slice(2).map((_, axis) => axis)])
}

/** A kernel of one filter a channel as [channels, taps]. */
const eachTaps = ({ g }: Layouts, kernel: Value): Value =>
  g.Reshape(kernel, [sizeOf(kernel.shape.slice(0, 1)), sizeOf(kernel.shape.slice(2))])

const convolution: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const [, w, bias] = node.inputs
  if (!main || !w || main.x.dtype !== 'float32') return false
  const { x, y } = main
  const found = setupOf(layouts, convolutionOf(node, x.shape, w.shape), x, y)
  if (!found) return false
  const { setup, way } = found
  const kernel = layouts.plain(w)
  const written =
    way === 'all'
      ? forward(setup, layouts.blocked(x), asTaps(layouts, kernel))
      : way === 'each'
        ? forwardEach(setup, layouts.blocked(x), eachTaps(layouts, kernel))
        : forwardFromFew(setup, layouts.channelsLast(x), asTaps(layouts, kernel))
  layouts.setBlocked(y, layouts.affines.convolution({ ...written, bias: bias ? layouts.plain(bias) : null }, setup.y, isOpen(layouts, y)))
  return true
}

const isOpen = ({ readers }: Layouts, value: Value): boolean => readers.onlyReaderOf(value) !== undefined

/** x of a convolution (what it came from, not blocked by itself) from dy: for ConvInputGradient and ConvTranspose. */
function back(
  layouts: Layouts,
  of: Convolution,
  { dy, w, x, bias }: { readonly dy: Value; readonly w: Value; readonly x: Value; readonly bias: Value | null },
): boolean {
  const found = setupOf(layouts, of, x, dy)
  if (!found || found.way === 'few' || x.dtype !== 'float32') return false
  const { setup, way } = found
  const { affines } = layouts
  const kernel = layouts.plain(w)
  const kernelOf =
    way === 'all' ? kernelBack(setup, asTaps(layouts, kernel)) : kernelBackEach(setup, eachTaps(layouts, kernel))
  const group = way === 'all' ? 1 : setup.x.channels
  const value = layouts.blocked(dy)
  const shift = bias && layouts.plain(bias)
  if (setup.window.strides.every((stride) => stride === 1)) {
    const written = inputGradient(setup, value, kernelOf, group)
    layouts.setBlocked(x, affines.convolution({ ...written, bias: shift }, setup.x, isOpen(layouts, x)))
  } else {
    const result = affineOf(stridedInputGradient(setup, value, kernelOf, group), setup.x)
    layouts.setBlocked(x, shift ? affines.shift(result, shift) : result)
  }
  return true
}

const convInputGradient: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const { dy, w, convolution } = ofInputGradient(node)
  return main ? back(layouts, convolution, { dy, w, x: main.y, bias: null }) : false
}

const convTranspose: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const [dy, w, bias = null] = node.inputs
  if (!main || !dy || !w || imageOf(dy.shape) === null) return false
  return back(layouts, transposedOf(node, dy.shape, w.shape), { dy, w, x: main.y, bias })
}

const convWeightGradient: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const { x, dy, convolution } = ofWeightGradient(node)
  const found = main && x.dtype === 'float32' ? setupOf(layouts, convolution, x, dy) : null
  if (!main || !found) return false
  const { setup, way } = found
  const slopes = layouts.blocked(dy)
  if (way === 'each') {
    const taps = weightGradientEach(setup, layouts.blocked(x), slopes)
    layouts.setPlain(main.y, layouts.g.Reshape(taps, main.y.shape.map(Number)))
  } else {
    const few = way === 'few'
    const seen = few ? layouts.channelsLast(x) : layouts.blocked(x)
    const { images, rows, columns, channels } = setup.x
    const flat = few ? layouts.g.Reshape(seen, [images, rows, columns, channels]) : seen
    layouts.setPlain(main.y, fromTaps(layouts, weightGradient(setup, flat, slopes, few), main.y))
  }
  return true
}

const pooling: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  if (!main || !layouts.isBlocked(main.x) || intAttribute(node.attributes, 'ceil_mode', 0) === 1) return false
  const { x, y } = main
  const image = layouts.imageOf(y)
  if (!image) return false
  const window = imageWindowOf(poolWindowOf(node, x.shape))
  const op = node.op === 'MaxPool' ? 'MaxPool' : 'AveragePool'
  const counts = intAttribute(node.attributes, 'count_include_pad', 0) === 1
  layouts.setBlocked(y, affineOf(pool(layouts.g, op, layouts.blocked(x), window, shapeOf(image), counts), image))
  return true
}

/** A MaxPoolGradient of these values; null where its windows do not lie side by side. */
function spread(layouts: Layouts, node: Node, dyOf: (y: Value, dy: Value) => Value): Value | null {
  const [x, y, dy] = node.inputs
  if (!x || !y || !dy || !layouts.isBlocked(x)) return null
  const [from, to] = [layouts.imageOf(x), layouts.imageOf(y)]
  const window = poolWindowOf(node, x.shape)
  if (!from || !to || !tiles(node, window)) return null
  const { kernel } = imageWindowOf(window)
  const values = { x: layouts.blocked(x), y: layouts.blocked(y), dy: dyOf(y, dy) }
  return tiledMaxPoolGradient(layouts.g, layouts.block, kernel, from, to, values)
}

const maxPoolGradient: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const value = main && spread(layouts, node, (_, dy) => layouts.blocked(dy))
  if (!value) return false
  layouts.setBlocked(main.y, affineOf(value, layouts.affine(main.x).image))
  return true
}

const product: BlockedForm = (layouts, node) => {
  const { g, readers } = layouts
  const main = mainOf(node)
  const masked = maskedPoolGradient(g, node, readers)
  const value =
    masked && spread(layouts, masked.node, (y, dy) => g.Mul(layouts.blocked(dy), positive(g, layouts.blocked(y))))
  const image = main && layouts.imageOf(main.y)
  if (!value || !image) return pointwise(layouts, node)
  layouts.setBlocked(main.y, affineOf(value, image))
  return true
}

// γ (x - μ) r + β with r = 1/√(σ² + ε), from x - μ, which the statistics of a batch and the gradient need as well
const batchNormalization: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const [, gamma, beta, mean, variance] = node.inputs
  if (!main || !gamma || !beta || !mean || !variance || !layouts.isBlocked(main.x)) return false
  const { g, affines } = layouts
  const epsilon = g.scalar(floatAttribute(node.attributes, 'epsilon', 1e-5))
  const reciprocal = g.Reciprocal(g.Sqrt(g.Add(layouts.plain(variance), epsilon)))
  const centered = affines.shift(layouts.affine(main.x), g.Neg(layouts.plain(mean)))
  const scaled = affines.scale(centered, g.Mul(layouts.plain(gamma), reciprocal))
  layouts.setBlocked(main.y, affines.shift(scaled, layouts.plain(beta)))
  return true
}

const transpose: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const perm = intsAttribute(node.attributes, 'perm')
  if (!main || !perm || main.x.shape.length < 3) return false
  if (movesLast(main.x, perm) && layouts.isBlocked(main.x)) {
    layouts.setPlain(main.y, layouts.channelsLast(main.x))
    return true
  }
  if (!movesFirst(main.y, perm) || imageOf(main.y.shape) === null) return false
  layouts.setChannelsLast(main.y, layouts.plain(main.x))
  return true
}

/** Rows and columns of a pair of lists per axis; null where another axis has anything but `none`. */
function places(given: readonly number[], rank: number, none: number): Pair | null {
  if (given.slice(0, 2).some((number) => number !== none)) return null
  const [rows = none, columns = none] = rank === 3 ? [none, given[2] ?? none] : given.slice(2)
  return [rows, columns]
}

const resize: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const scales = node.inputs[2]
  if (!main || !scales || !layouts.isBlocked(main.x)) return false
  const constant = layouts.g.constantOf(scales)
  const { attributes } = node
  const repeats =
    textAttribute(attributes, 'mode', 'nearest') === 'nearest' &&
    textAttribute(attributes, 'coordinate_transformation_mode', 'half_pixel') === 'asymmetric' &&
    textAttribute(attributes, 'nearest_mode', 'round_prefer_floor') === 'floor'
  const times = constant && places(Array.from(constant.data, Number), main.x.shape.length, 1)
  const image = layouts.imageOf(main.y)
  if (!repeats || !image || !times?.every((each) => Number.isInteger(each))) return false
  const { image: from } = layouts.affine(main.x)
  layouts.setBlocked(main.y, affineOf(repeat(layouts.g, layouts.blocked(main.x), from, times), image))
  return true
}

const pad: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const [, given, number, axes] = node.inputs
  if (!main || !given || axes || !layouts.isBlocked(main.x)) return false
  if (textAttribute(node.attributes, 'mode', 'constant') !== 'constant') return false
  const { g, block } = layouts
  if (number && Number(g.constantOf(number)?.data[0] ?? 1) !== 0) return false
  const pads = g.constantOf(given)
  const image = layouts.imageOf(main.y)
  if (!pads || !image) return false
  const rank = main.x.shape.length
  const all = Array.from(pads.data, Number)
  const [begins, ends] = [places(all.slice(0, rank), rank, 0), places(all.slice(rank), rank, 0)]
  if (!begins || !ends) return false
  const { image: from } = layouts.affine(main.x)
  const cut = (side: Pair): Pair => [Math.max(0, -side[0]), Math.max(0, -side[1])]
  const [low, high] = [cut(begins), cut(ends)]
  const left: Pair = [from.rows - high[0], from.columns - high[1]]
  const kept = cropped(g, layouts.blocked(main.x), from, low, left, block)
  const around: Pads = [begins[0] + low[0], begins[1] + low[1], ends[0] + high[0], ends[1] + high[1]]
  const inside = { ...from, rows: left[0] - low[0], columns: left[1] - low[1] }
  layouts.setBlocked(main.y, affineOf(padded(g, kept, inside, around), image))
  return true
}

const slice: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const [, ...bounds] = node.inputs
  if (!main || !layouts.isBlocked(main.x) || main.x.dtype !== 'float32') return false
  const image = layouts.imageOf(main.y)
  const rank = main.x.shape.length
  const known = bounds.map((value) => value && layouts.g.constantOf(value))
  const [starts, ends, axes, steps] = known.map((tensor) => Array.from(tensor?.data ?? [], Number))
  if (!image || known.some((tensor) => !tensor) || !starts || !ends || steps?.some((step) => step !== 1)) return false
  const from: number[] = main.x.shape.map(() => 0)
  const to = main.x.shape.map(Number)
  starts.forEach((start, index) => {
    const axis = normalizeAxis(axes?.[index] ?? index, rank)
    const size = Number(main.x.shape[axis])
    const place = (at: number): number => Math.min(size, Math.max(0, at < 0 ? at + size : at))
    from[axis] = place(start)
    to[axis] = place(ends[index] ?? size)
  })
  if (from[0] !== 0 || from[1] !== 0 || to[0] !== main.x.shape[0] || to[1] !== main.x.shape[1]) return false
  const pair = (numbers: readonly number[], row: number): Pair =>
    rank === 3 ? [row, numbers[2] ?? 0] : [numbers[2] ?? 0, numbers[3] ?? 0]
  const { image: whole } = layouts.affine(main.x)
  const part = cropped(layouts.g, layouts.blocked(main.x), whole, pair(from, 0), pair(to, 1), layouts.block)
  layouts.setBlocked(main.y, affineOf(part, image))
  return true
}

const concat: BlockedForm = (layouts, node) => {
  const [y] = node.outputs
  const values = node.inputs.filter((value) => value !== null)
  const image = y && layouts.imageOf(y)
  if (!y || !image || y.dtype !== 'float32' || !values.some((value) => layouts.isBlocked(value))) return false
  if (normalizeAxis(intAttribute(node.attributes, 'axis', 0), y.shape.length) !== 1) return false
  if (values.some((value) => !layouts.imageOf(value))) return false
  const all = layouts.g.Concat(
    values.map((value) => layouts.blocked(value)),
    1,
  )
  layouts.setBlocked(y, affineOf(all, image))
  return true
}

/** A Reshape that changes nothing. */
const reshape: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  if (!main || !layouts.isBlocked(main.x) || !sameShape(main.x.shape, main.y.shape)) return false
  layouts.setBlocked(main.y, layouts.affine(main.x))
  return true
}

const forms: Readonly<Record<string, BlockedForm>> = {
  Conv: convolution,
  ConvTranspose: convTranspose,
  ConvInputGradient: convInputGradient,
  ConvWeightGradient: convWeightGradient,
  MaxPool: pooling,
  AveragePool: pooling,
  MaxPoolGradient: maxPoolGradient,
  GlobalAveragePool: reducePlaces,
  GlobalMaxPool: reducePlaces,
  BatchNormalization: batchNormalization,
  Mul: product,
  Transpose: transpose,
  Reshape: reshape,
  Resize: resize,
  Pad: pad,
  Slice: slice,
  Concat: concat,
  ReduceSum: reduce,
  ReduceMean: reduce,
  ReduceSumSquare: reduce,
  ReduceMax: reduce,
  ReduceMin: reduce,
  ReduceL1: reduce,
}

/** How a node is computed over blocked images; undefined where it is not. */
export function blockedFormOf(node: Node): BlockedForm | undefined {
  if (node.domain !== '' && forms[node.op] === undefined) return undefined
  return forms[node.op] ?? (isPointwise(node.op) || node.op === 'Identity' ? pointwise : undefined)
}
