import type { Shape } from '#engine/graph/graph.ts'
import {
  between,
  any,
  nonzero,
  positive,
  distinct,
  whole,
  booleans,
  words,
  sample,
  unary,
  binary,
  type Sample,
} from './sample.ts'

/** Where tan, arcsin and their like are smooth. */
const small = (...shape: Shape) => between(shape, -0.8, 0.8)

/** Numbers that are no multiple of one between 1.3 and 1.4. */
const apart = (...shape: Shape) => between(shape, 1.6, 2.4)

export const elementwise: Readonly<Record<string, readonly Sample[]>> = {
  Add: [
    ...binary((g, a, b) => g.Add(a, b)),
    sample('of uint32, wrapping around', [words(4), words(2, 4)], (g, a, b) => g.Add(a, b)),
  ],
  Sub: binary((g, a, b) => g.Sub(a, b)),
  Mul: [
    ...binary((g, a, b) => g.Mul(a, b)),
    sample('of a value with itself', [any('batch', 2)], (g, x) => g.Mul(x, x)),
    sample('of uint32, wrapping around', [words(4), words(2, 4)], (g, a, b) => g.Mul(a, b)),
  ],
  Div: [
    ...binary(
      (g, a, b) => g.Div(a, b),
      any,
      (...shape) => between(shape, -2, 2, 0.5),
    ),
    sample('of int64, cut towards zero', [whole('int64', [6], 0, 20), whole('int64', [], 3, 4)], (g, a, b) =>
      g.Div(a, b),
    ),
  ],
  Pow: [
    ...binary((g, a, b) => g.Pow(a, b), positive, any),
    sample('of negative numbers to a constant whole power', [nonzero('batch', 2)], (g, x) =>
      g.Pow(x, g.scalar(3, x.dtype)),
    ),
  ],
  Max: [
    ...binary(
      (g, a, b) => g.Max(a, b),
      (...shape) => distinct(shape, 0.5),
      (...shape) => distinct(shape, 0.2),
    ),
    sample('of three', [distinct(['batch', 3], 0.5), distinct([3], 0.2), distinct(['batch', 1], 0.9)], (g, ...values) =>
      g.Max(...values),
    ),
    sample('of one', [any(3)], (g, x) => g.Max(x)),
  ],
  Min: [
    ...binary(
      (g, a, b) => g.Min(a, b),
      (...shape) => distinct(shape, 0.5),
      (...shape) => distinct(shape, 0.2),
    ),
    sample('of three', [distinct(['batch', 3], 0.5), distinct([3], 0.2), distinct(['batch', 1], 0.9)], (g, ...values) =>
      g.Min(...values),
    ),
    sample('of one', [any(3)], (g, x) => g.Min(x)),
  ],
  Sum: [
    sample('of three values that broadcast', [any('batch', 3), any(3), any('batch', 1)], (g, ...values) =>
      g.Sum(values),
    ),
    sample('of one', [any(2)], (g, x) => g.Sum([x])),
  ],
  Mean: [
    sample('of three values that broadcast', [any('batch', 3), any(3), any('batch', 1)], (g, ...values) =>
      g.Mean(values),
    ),
    sample('of two', [any(2), any(2)], (g, ...values) => g.Mean(values)),
  ],
  Mod: [
    sample('of reals, with the sign of the first', [apart('batch', 3), between([3], 1.3, 1.4)], (g, a, b) =>
      g.Mod(a, b),
    ),
    sample(
      'of whole numbers, with the sign of the second',
      [whole('int64', [8], -9, 9), whole('int64', [8], 3, 5)],
      (g, a, b) => g.Mod(a, b),
    ),
  ],
  Clip: [
    sample('between two bounds', [distinct(['batch', 4])], (g, x) => {
      return g.Clip(x, g.scalar(-0.8, x.dtype), g.scalar(1.1, x.dtype))
    }),
    sample('from below', [nonzero(5)], (g, x) => g.Clip(x, g.scalar(0, x.dtype), null)),
    sample('from above', [nonzero(5)], (g, x) => g.Clip(x, null, g.scalar(0, x.dtype))),
  ],
  Where: [
    sample('of one shape', [booleans('batch', 3), any('batch', 3), any('batch', 3)], (g, a, b, c) => g.Where(a, b, c)),
    sample('broadcast three ways', [booleans(2, 1, 3), any(4, 1), any()], (g, a, b, c) => g.Where(a, b, c)),
  ],
  Neg: unary((g, x) => g.Neg(x)),
  Abs: unary((g, x) => g.Abs(x), nonzero),
  Sign: unary((g, x) => g.Sign(x), nonzero),
  Ceil: unary(
    (g, x) => g.Ceil(x),
    (...shape) => between(shape, 0.1, 0.9),
  ),
  Round: [
    ...unary(
      (g, x) => g.Round(x),
      (...shape) => between(shape, 0.6, 1.4),
    ),
    sample('of halves, to the even number', [whole('float32', [6], -3, 4)], (g, x) =>
      g.Round(g.Mul(x, g.scalar(0.5, x.dtype))),
    ),
  ],
  Floor: unary(
    (g, x) => g.Floor(x),
    (...shape) => between(shape, 0.1, 0.9),
  ),
  Sqrt: unary((g, x) => g.Sqrt(x), positive),
  Exp: unary((g, x) => g.Exp(x)),
  Log: unary((g, x) => g.Log(x), positive),
  Reciprocal: unary(
    (g, x) => g.Reciprocal(x),
    (...shape) => between(shape, -2, 2, 0.5),
  ),
  Sin: unary((g, x) => g.Sin(x)),
  Cos: unary((g, x) => g.Cos(x)),
  Tan: unary((g, x) => g.Tan(x), small),
  Asin: unary((g, x) => g.Asin(x), small),
  Acos: unary((g, x) => g.Acos(x), small),
  Atan: unary((g, x) => g.Atan(x)),
  Sinh: unary((g, x) => g.Sinh(x)),
  Cosh: unary((g, x) => g.Cosh(x)),
  Asinh: unary((g, x) => g.Asinh(x)),
  Acosh: unary(
    (g, x) => g.Acosh(x),
    (...shape) => between(shape, 1.3, 3),
  ),
  Atanh: unary((g, x) => g.Atanh(x), small),
  Erf: unary((g, x) => g.Erf(x)),
}
