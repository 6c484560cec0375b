import { any, whole, booleans, words, sample, unary, logical, ordering, type Sample } from './sample.ts'

export const logic: Readonly<Record<string, readonly Sample[]>> = {
  Equal: ordering((g, a, b) => g.Equal(a, b)),
  Less: ordering((g, a, b) => g.Less(a, b)),
  Greater: ordering((g, a, b) => g.Greater(a, b)),
  GreaterOrEqual: ordering((g, a, b) => g.GreaterOrEqual(a, b)),
  LessOrEqual: ordering((g, a, b) => g.LessOrEqual(a, b)),
  Xor: logical((g, a, b) => g.Xor(a, b)),
  IsNaN: unary((g, x) => g.IsNaN(g.Div(g.Floor(x), g.Floor(x)))),
  IsInf: unary((g, x) => g.IsInf(g.Reciprocal(g.Floor(x)))),
  And: logical((g, a, b) => g.And(a, b)),
  Or: logical((g, a, b) => g.Or(a, b)),
  Not: unary((g, x) => g.Not(x), booleans),
  BitShift: [
    sample('to the left', [words(2, 4), whole('uint32', [4], 0, 32)], (g, a, b) => g.BitShift(a, b, 'LEFT')),
    sample('to the right', [words(2, 4), whole('uint32', [], 0, 32)], (g, a, b) => g.BitShift(a, b, 'RIGHT')),
  ],
  BitwiseAnd: [sample('of words', [words(2, 4), words(4)], (g, a, b) => g.BitwiseAnd(a, b))],
  BitwiseOr: [sample('of words', [words(2, 4), words(4)], (g, a, b) => g.BitwiseOr(a, b))],
  BitwiseXor: [sample('of words', [words(2, 4), words(4)], (g, a, b) => g.BitwiseXor(a, b))],
  Cast: [
    sample('between the reals', [any('batch', 2)], (g, x) => {
      return g.Cast(g.Cast(x, x.dtype === 'float32' ? 'float64' : 'float32'), x.dtype)
    }),
    sample('of truth to a real', [booleans(5)], (g, x) => g.Cast(x, 'float32')),
    sample('of a word to a real', [whole('uint32', [5], 0, 2 ** 24)], (g, x) => g.Cast(x, 'float32')),
    sample('of an int64 to a word', [whole('int64', [5], 0, 2 ** 32)], (g, x) => g.Cast(x, 'uint32')),
    sample('of a real to truth', [whole('float32', [5], 0, 2)], (g, x) => g.Cast(x, 'bool')),
  ],
}
