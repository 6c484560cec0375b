/** Sums over blocked images. */
import type { Node, Value } from '../../../graph/graph.ts'
import { intAttribute } from '../../../ops/attributes.ts'
import { normalizeAxis } from '../../../ops/op.ts'
import { affineOf, type Affine } from '../affine.ts'
import { mainOf, type BlockedForm } from './form.ts'
import { shapeOf, type Image } from '../image.ts'
import type { Layouts } from '../layouts.ts'
import { convolve, poolAll } from '../runtimeOps.ts'

const countOf = ({ images, rows, columns }: Image): number => images * rows * columns

/** The mean of each channel, [channels]. */
function channelMeans({ g, affines }: Layouts, affine: Affine): Value {
  const { image } = affine
  const [term, ...others] = affine.terms
  if (!term || others.length > 0) return meansOf(affines.value(affine))
  const { value, scale } = term
  const means = meansOf(value)
  const scaled = scale ? g.Mul(means, scale) : means
  return affine.bias ? g.Add(scaled, affine.bias) : scaled

  function meansOf(blocked: Value): Value {
    const each = poolAll(g, 'GlobalAveragePool', blocked, image)
    return g.ReduceMean(g.Reshape(each, [image.images, image.channels]), [0])
  }
}

/**
 * Σ a · b of each channel, [channels], without writing the products: each channel of each image of b is the kernel that moves
 * over the same of a, to the one place it has there.
 */
function channelProducts({ g, affines }: Layouts, a: Affine, b: Affine): Value {
  const { images, channels, rows, columns } = a.image
  const maps = images * channels
  const each = convolve(g, {
    x: g.Reshape(affines.value(a), [1, maps, rows, columns]),
    kernel: g.Reshape(affines.value(b), [maps, 1, rows, columns]),
    size: [rows, columns],
    group: maps,
    shape: [1, maps, 1, 1],
  })
  return g.ReduceSum(g.Reshape(each, [images, channels]), [0])
}

/** The two values whose product is summed, where they are blocked and of the same extent, and nothing else needs the product. */
function factorsOf(layouts: Layouts, node: Node): readonly [Affine, Affine] | null {
  const [x] = node.inputs
  if (!x) return null
  if (node.op === 'ReduceSumSquare') return layouts.isBlocked(x) ? [layouts.affine(x), layouts.affine(x)] : null
  if (layouts.readers.onlyReaderOf(x) === undefined) return null
  const product = layouts.readers.producerOf(x)
  const [a, b] = product?.op === 'Mul' ? product.inputs : []
  if (!a || !b || !layouts.isBlocked(a) || !layouts.isBlocked(b)) return null
  const [one, other] = [layouts.affine(a), layouts.affine(b)]
  const same = shapeOf(one.image).every((size, axis) => size === shapeOf(other.image)[axis])
  return same ? [one, other] : null
}

/** A reduction over all axes but the channels', over the places of each channel, or over axes that no block cuts. */
export const reduce: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const { g, affines } = layouts
  if (!main || !layouts.isBlocked(main.x) || main.x.dtype !== 'float32') return false
  const { x, y } = main
  const rank = x.shape.length
  const given = node.inputs[1] ? g.constantInts(node.inputs[1]).map((axis) => normalizeAxis(axis, rank)) : []
  if (given.length === 0 && intAttribute(node.attributes, 'noop_with_empty_axes', 0) === 1) return false
  const axes = given.length > 0 ? given : x.shape.map((_, axis) => axis)
  const shaped = (value: Value): boolean => {
    layouts.setPlain(y, g.Reshape(value, y.shape.map(Number)))
    return true
  }
  const { image } = layouts.affine(x)
  const overChannels = axes.includes(1)
  const overImages = axes.includes(0)
  const overPlaces = axes.length - Number(overChannels) - Number(overImages) === rank - 2
  if (!overPlaces) return false
  if (overChannels) {
    const all = overImages ? [0, 1, 2, 3] : [1, 2, 3]
    const [result] = g.node(node.op, [affines.value(layouts.affine(x)), g.ints(all)], {
      keepdims: { type: 'int', value: 0 },
    })
    return result ? shaped(result) : false
  }
  const sums = node.op === 'ReduceSum' || node.op === 'ReduceSumSquare'
  if (!sums && node.op !== 'ReduceMean') return false
  const factors = factorsOf(layouts, node)
  if (overImages) {
    const count = g.scalar(countOf(image))
    if (factors) {
      const products = channelProducts(layouts, ...factors)
      return shaped(sums ? products : g.Div(products, count))
    }
    const means = channelMeans(layouts, layouts.affine(x))
    return shaped(sums ? g.Mul(means, count) : means)
  }
  if (node.op === 'ReduceSumSquare') return false
  const each = poolAll(g, 'GlobalAveragePool', affines.value(layouts.affine(x)), image)
  return shaped(sums ? g.Mul(each, g.scalar(image.rows * image.columns)) : each)
}

/** Mean or maximum of each channel of each image. */
export const reducePlaces: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  if (!main || !layouts.isBlocked(main.x)) return false
  const { g } = layouts
  const { image } = layouts.affine(main.x)
  const op = node.op === 'GlobalMaxPool' ? 'GlobalMaxPool' : 'GlobalAveragePool'
  const each = poolAll(g, op, layouts.blocked(main.x), image)
  const single: Image = { ...image, rows: 1, columns: 1 }
  layouts.setBlocked(main.y, affineOf(each, single))
  return true
}
