/** Random numbers of a gamma distribution, from which those of beta and Dirichlet distributions are made. */
import type { LayerContext } from '../../define.ts'
import type { Shape, Value } from '../../graph/graph.ts'

/** How often a candidate is drawn again: all of them are refused less than once in 100,000 times. */
const attempts = 4

/** Numbers of shape parameter `alpha` and scale 1, by the method of Marsaglia & Tsang 2000. */
export function gamma(
  { g, uniform, normal }: Pick<LayerContext, 'g' | 'uniform' | 'normal'>,
  shape: Shape,
  alpha: number,
): Value {
  const one = g.scalar(1)
  /** -ln of a number from above 0 to 1, which has a gamma distribution of shape 1. */
  const exponential = (): Value => g.Neg(g.Log(g.Sub(one, uniform(shape))))
  if (alpha === 1) return exponential()
  // Γ(α) is Γ(α + 1) times the α-th root of a uniform number.
  if (alpha < 1)
    return g.Mul(gamma({ g, uniform, normal }, shape, alpha + 1), g.Exp(g.Mul(exponential(), g.scalar(-1 / alpha))))
  const d = alpha - 1 / 3
  let result: Value = g.scalar(d)
  for (let attempt = 0; attempt < attempts; attempt++) {
    // d v for v = (1 + z / √(9 d))³ > 0 where -ln u > d (v - 1 - ln v) - z² / 2
    const z = normal(shape)
    const root = g.Add(one, g.Mul(z, g.scalar(1 / Math.sqrt(9 * d))))
    const positive = g.Greater(root, g.scalar(0))
    const v = g.Where(positive, g.Mul(g.Mul(root, root), root), one)
    const limit = g.Sub(g.Mul(g.Sub(g.Sub(v, one), g.Log(v)), g.scalar(d)), g.Mul(g.Mul(z, z), g.scalar(0.5)))
    result = g.Where(g.And(positive, g.Greater(exponential(), limit)), g.Mul(v, g.scalar(d)), result)
  }
  return result
}
