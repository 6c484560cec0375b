/** What is computed element by element from blocked values stays blocked. */
import { sameShape, type Node, type Value } from '../../../graph/graph.ts'
import { comparedWithZero, positive } from '../../plain/positive.ts'
import type { Affine } from '../affine.ts'
import { affineOf } from '../affine.ts'
import { mainOf, type BlockedForm } from './form.ts'
import { imageOf, shapeOf, type Image } from '../image.ts'
import type { Layouts } from '../layouts.ts'
import { repeat } from '../runtimeOps.ts'

/** How an operand lies beside the result: all of it, one number, one a channel, one a channel of each image. */
type Extent = 'all' | 'number' | 'channel' | 'place'

function extentOf({ shape }: Value, result: Value, { images, channels }: Image): Extent | null {
  if (sameShape(shape, result.shape)) return 'all'
  if (shape.every((dim) => dim === 1)) return 'number'
  const rank = result.shape.length
  const aligned = [...new Array<number>(rank - shape.length).fill(1), ...shape]
  const places = aligned.slice(2).every((dim) => dim === 1)
  if (!places || aligned[1] !== channels) return null
  return aligned[0] === 1 ? 'channel' : aligned[0] === images ? 'place' : null
}

/** A value of one element as a number without axes. */
function numberOf({ g, ...layouts }: Operands, value: Value): Value {
  const plain = layouts.plain(value)
  return plain.shape.length === 0
    ? plain
    : g.Squeeze(
        plain,
        plain.shape.map((_, axis) => axis),
      )
}

/** A value with one element a channel as a vector. */
function vectorOf({ g, producerOf, ...layouts }: Operands, value: Value, channels: number): Value {
  const producer = producerOf(value)
  const source = producer && ['Unsqueeze', 'Reshape'].includes(producer.op) ? producer.inputs[0] : null
  const flat = source && sameShape(source.shape, [channels]) ? layouts.plain(source) : layouts.plain(value)
  return flat.shape.length === 1 ? flat : g.Reshape(flat, [channels])
}

interface Operands {
  readonly g: Layouts['g']
  plain(value: Value): Value
  producerOf(value: Value): Node | undefined
}

const operandsOf = (layouts: Layouts): Operands => ({
  g: layouts.g,
  plain: (value) => layouts.plain(value),
  producerOf: (value) => layouts.readers.producerOf(value),
})

/** Either a whole value or what scales and shifts one, per channel. */
interface Operand {
  readonly extent: Extent
  readonly value: Value
}

/** The result of Add, Sub, Mul, Div and Neg where it is a sum over blocked values; null where it is not. */
function sumOf(layouts: Layouts, op: string, operands: readonly Operand[], { channels }: Image): Affine | null {
  const { affines, g } = layouts
  const [a, b] = operands
  const along = ({ extent, value }: Operand): Value =>
    extent === 'number' ? numberOf(operandsOf(layouts), value) : vectorOf(operandsOf(layouts), value, channels)
  const whole = ({ value }: Operand): Affine => layouts.affine(value)
  if (a && !b) return op === 'Neg' ? affines.negate(whole(a)) : op === 'Identity' ? whole(a) : null
  if (!a || !b || [a, b].some(({ extent }) => extent === 'place')) return null
  const [isWhole, isOther] = [a.extent === 'all', b.extent === 'all']
  switch (op) {
    case 'Add':
      if (isWhole && isOther) return affines.add(whole(a), whole(b))
      return isWhole ? affines.shift(whole(a), along(b)) : affines.shift(whole(b), along(a))
    case 'Sub':
      if (isWhole && isOther) return affines.add(whole(a), affines.negate(whole(b)))
      return isWhole ? affines.shift(whole(a), g.Neg(along(b))) : affines.shift(affines.negate(whole(b)), along(a))
    case 'Mul':
      if (isWhole && isOther) return null
      return isWhole ? affines.scale(whole(a), along(b)) : affines.scale(whole(b), along(a))
    case 'Div':
      return isWhole && !isOther ? affines.scale(whole(a), g.Reciprocal(along(b))) : null
    default:
      return null
  }
}

/** Any op that makes each element of its result from one element of each operand. */
export const pointwise: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const image = main && layouts.imageOf(main.y)
  if (!main || !image || imageOf(main.y.shape) === null) return false
  const { y } = main
  const { g, affines, readers } = layouts
  const operands: Operand[] = []
  for (const value of node.inputs) {
    const extent = value ? extentOf(value, y, image) : 'number'
    if (extent === null) return false
    if (value) operands.push({ extent, value })
  }
  const whole = operands.filter(({ extent }) => extent === 'all')
  if (!whole.some(({ value }) => layouts.isBlocked(value))) return false
  if (whole.some(({ value }) => value.dtype !== 'float32' && !layouts.isBlocked(value))) return false

  const compared = comparedWithZero(
    node,
    (value) => readers.producerOf(value),
    (value) => g.constantOf(value),
  )
  if (compared) {
    layouts.setBlocked(y, affineOf(positive(g, layouts.blocked(compared)), image))
    return true
  }
  if (node.op === 'Relu') {
    layouts.setBlocked(y, affineOf(affines.value(layouts.affine(main.x), true), image))
    return true
  }
  const sum = y.dtype === 'float32' ? sumOf(layouts, node.op, operands, image) : null
  if (sum) {
    // What several nodes read is written down once, unless it is as little work for each of them.
    const several = readers.onlyReaderOf(y) === undefined && sum.terms.length > 1
    layouts.setBlocked(y, several ? affineOf(affines.value(sum), image) : sum)
    return true
  }
  if (operands.some(({ extent }) => extent === 'channel')) return false
  const inputs = node.inputs.map((value) => {
    const extent = value && extentOf(value, y, image)
    if (!value || extent === null) return null
    if (extent === 'all') return layouts.blocked(value)
    if (extent === 'number') return numberOf(operandsOf(layouts), value)
    const { images, channels, rows, columns } = image
    const single = { images, channels, rows: 1, columns: 1 }
    return repeat(g, g.Reshape(layouts.plain(value), shapeOf(single)), single, [rows, columns])
  })
  const [result] = g.stated(node.op, inputs, node.attributes, [{ dtype: y.dtype, shape: shapeOf(image) }])
  if (!result) return false
  layouts.setBlocked(y, affineOf(result, image))
  return true
}
