/** Normalization by mean and variance of each channel. */
import { floatAttribute } from '../../../ops/attributes.ts'
import { mainOf, type BlockedForm } from './form.ts'

// γ (x - μ) r + β with r = 1/√(σ² + ε), from x - μ, which the statistics of a batch and the gradient need as well
export const batchNormalization: BlockedForm = (layouts, node) => {
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
