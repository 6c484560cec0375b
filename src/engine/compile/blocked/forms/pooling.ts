/** Pools, and the gradient of MaxPool. */
import type { Node, Value } from '../../../graph/graph.ts'
import { intAttribute } from '../../../ops/attributes.ts'
import { tiles } from '../../../ops/pooling.ts'
import { poolWindowOf } from '../../../ops/window.ts'
import { maskedPoolGradient } from '../../plain/forms.ts'
import { positive } from '../../plain/positive.ts'
import { affineOf } from '../affine.ts'
import { imageWindowOf, shapeOf } from '../image.ts'
import type { Layouts } from '../layouts.ts'
import { tiledMaxPoolGradient } from '../maxPoolGradient.ts'
import { pool } from '../runtimeOps.ts'
import { pointwise } from './elementwise.ts'
import { mainOf, type BlockedForm } from './form.ts'

export const pooling: BlockedForm = (layouts, node) => {
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

export const maxPoolGradient: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const value = main && spread(layouts, node, (_, dy) => layouts.blocked(dy))
  if (!value) return false
  layouts.setBlocked(main.y, affineOf(value, layouts.affine(main.x).image))
  return true
}

/** A product: of what the gradient of MaxPool gave and a mask, or of any two values. */
export const product: BlockedForm = (layouts, node) => {
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
