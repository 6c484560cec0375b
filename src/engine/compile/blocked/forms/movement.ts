/** What moves elements without computing anything. */
import { sameShape } from '../../../graph/graph.ts'
import { intAttribute, intsAttribute, textAttribute } from '../../../ops/attributes.ts'
import { normalizeAxis } from '../../../ops/op.ts'
import { affineOf } from '../affine.ts'
import { cropped, padded } from '../edges.ts'
import { imageOf, type Pads, type Pair } from '../image.ts'
import { movesFirst, movesLast } from '../layouts.ts'
import { repeat } from '../runtimeOps.ts'
import { mainOf, type BlockedForm } from './form.ts'

/** Channels moved to the end or from there: the layouts say which of them are there already. */
export const transpose: BlockedForm = (layouts, node) => {
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

/** Elements repeated a whole number of times. */
export const resize: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const scales = node.inputs[2]
  if (!main || !scales || main.x.dtype !== 'float32' || !layouts.imageOf(main.x)) return false
  // What is smaller before is reordered before.
  if (!layouts.isBlocked(main.x) && !layouts.meetsBlocks(main.y)) return false
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

/** Zeros around images, or rows and columns taken away. */
export const pad: BlockedForm = (layouts, node) => {
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

/** Rows and columns of images. */
export const slice: BlockedForm = (layouts, node) => {
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

/** Blocks of channels beside each other. */
export const concat: BlockedForm = (layouts, node) => {
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
export const reshape: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  if (!main || !layouts.isBlocked(main.x) || !sameShape(main.x.shape, main.y.shape)) return false
  layouts.setBlocked(main.y, layouts.affine(main.x))
  return true
}
