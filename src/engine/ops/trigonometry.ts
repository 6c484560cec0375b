/** Circular and hyperbolic functions. */
import type { Value } from '../graph/graph.ts'
import type { Builder } from './builder.ts'
import { inputOf, type GradientContext, type Op } from './op.ts'

/** An op that computes every element on its own, with its derivative at x, where it is y. */
const op = (slope: (g: Builder, x: Value, y: Value) => Value): Op => ({
  infer: (context) => [inputOf(context, 0)].map(({ dtype, shape }) => ({ dtype, shape })),
  gradient: ({ g, dy, input, output }: GradientContext) => [g.Mul(dy, slope(g, input(0), output))],
})

const one = (g: Builder, like: Value): Value => g.scalar(1, like.dtype)
const square = (g: Builder, x: Value): Value => g.Mul(x, x)

export const trigonometry: Record<string, Op> = {
  // y = sin x:  dx = dy cos x
  Sin: op((g, x) => g.Cos(x)),
  // y = cos x:  dx = -dy sin x
  Cos: op((g, x) => g.Neg(g.Sin(x))),
  // y = tan x:  dx = dy (1 + y²)
  Tan: op((g, _, y) => g.Add(square(g, y), one(g, y))),
  // y = arcsin x:  dx = dy / √(1 - x²)
  Asin: op((g, x) => g.Reciprocal(g.Sqrt(g.Sub(one(g, x), square(g, x))))),
  // y = arccos x:  dx = -dy / √(1 - x²)
  Acos: op((g, x) => g.Neg(g.Reciprocal(g.Sqrt(g.Sub(one(g, x), square(g, x)))))),
  // y = arctan x:  dx = dy / (1 + x²)
  Atan: op((g, x) => g.Reciprocal(g.Add(square(g, x), one(g, x)))),
  // y = sinh x:  dx = dy cosh x
  Sinh: op((g, x) => g.Cosh(x)),
  // y = cosh x:  dx = dy sinh x
  Cosh: op((g, x) => g.Sinh(x)),
  // y = arsinh x:  dx = dy / √(x² + 1)
  Asinh: op((g, x) => g.Reciprocal(g.Sqrt(g.Add(square(g, x), one(g, x))))),
  // y = arcosh x:  dx = dy / √(x² - 1)
  Acosh: op((g, x) => g.Reciprocal(g.Sqrt(g.Sub(square(g, x), one(g, x))))),
  // y = artanh x:  dx = dy / (1 - x²)
  Atanh: op((g, x) => g.Reciprocal(g.Sub(one(g, x), square(g, x)))),
}
