import { any, distinct, permuted, sample, whole, type Sample } from './sample.ts'

export const indexing: Readonly<Record<string, readonly Sample[]>> = {
  Slice: [
    sample('of one axis', [any(2, 5)], (g, x) => g.Slice(x, [1], [3], [1])),
    sample('of two axes, from the end', [any(4, 5)], (g, x) => g.Slice(x, [-3, 0], [4, -2], [0, -1])),
    sample('up to an end beyond the last', [any(3)], (g, x) => g.Slice(x, [1], [100], [0])),
    sample('of every second and third element', [any('batch', 6, 7)], (g, x) =>
      g.Slice(x, [1, 0], [6, 6], [1, 2], [2, 3]),
    ),
    sample('in the opposite order', [any(3, 4)], (g, x) => g.reverse(x, [1])),
    sample('of every second element from the end', [any('batch', 6)], (g, x) => g.Slice(x, [4], [-7], [1], [-2])),
    sample('of the whole of an unknown axis', [any('batch', 3)], (g, x) =>
      g.Slice(x, [0, 1], [2 ** 31 - 1, 3], [0, 1]),
    ),
    sample('of an unknown axis in the opposite order', [any('batch', 2)], (g, x) => g.reverse(x, [0])),
    sample('of the first axes', [any(3, 4)], (g, x) => g.node('Slice', [x, g.ints([1, 2]), g.ints([3, 4])])),
  ],
  Gather: [
    sample('of rows by a vector', [any(4, 2), whole('int64', [3], -4, 4)], (g, x, i) => g.Gather(x, i)),
    sample('along the last axis by a matrix', [any(2, 4), whole('int64', [2, 2], 0, 4)], (g, x, i) =>
      g.Gather(x, i, 1),
    ),
    sample('of one row', [any(4, 2), whole('int64', [], 0, 4)], (g, x, i) => g.Gather(x, i)),
    sample('of rows by batches of steps', [any(4, 2), whole('int64', ['batch', 5], 0, 4)], (g, x, i) => g.Gather(x, i)),
    sample('of one element of an axis', [any('batch', 3, 2), whole('int64', [], 0, 3)], (g, x, i) => g.Gather(x, i, 1)),
  ],
  GatherElements: [
    sample('along the first axis', [any(3, 2), whole('int64', [4, 2], -3, 3)], (g, x, i) => g.GatherElements(x, i)),
    sample('along the last axis', [any('batch', 4), whole('int64', ['batch', 2], 0, 4)], (g, x, i) =>
      g.GatherElements(x, i, -1),
    ),
  ],
  GatherND: [
    sample('of elements', [any(3, 2), whole('int64', [5, 2], -2, 2)], (g, x, i) => g.GatherND(x, i)),
    sample('of rows', [any(3, 2, 2), whole('int64', [2, 3, 2], 0, 2)], (g, x, i) => g.GatherND(x, i)),
  ],
  ScatterElements: [
    sample('put along the first axis', [any(4, 2), permuted([3, 2], 4), any(3, 2)], (g, x, i, u) =>
      g.ScatterElements(x, i, u),
    ),
    sample(
      'added along the last axis',
      [any('batch', 4), whole('int64', ['batch', 6], -4, 4), any('batch', 6)],
      (g, x, i, u) => g.ScatterElements(x, i, u, -1, 'add'),
    ),
    sample('added to a part of the other axes', [any(3, 4), whole('int64', [2, 3], 0, 4), any(2, 3)], (g, x, i, u) =>
      g.ScatterElements(x, i, u, 1, 'add'),
    ),
  ],
  ScatterND: [
    sample('put in rows', [any(4, 2), permuted([3, 1], 4), any(3, 2)], (g, x, i, u) => g.ScatterND(x, i, u)),
    sample('added to elements', [any(3, 2), whole('int64', [4, 2], -2, 2), any(4)], (g, x, i, u) =>
      g.ScatterND(x, i, u, 'add'),
    ),
  ],
  OneHot: [
    sample('of a vector', [whole('int64', ['batch'], 0, 4)], (g, x) => g.OneHot(x, 4)),
    sample('of a matrix', [whole('int64', [2, 3], 0, 3)], (g, x) => g.OneHot(x, 3)),
  ],
  TopK: [
    sample('the largest of each row', [distinct(['batch', 5])], (g, x) => g.TopK(x, 2)),
    sample('the smallest along the first axis', [distinct([4, 2])], (g, x) => g.TopK(x, 3, 0, false)),
  ],
  ReverseSequence: [
    sample('of vectors', [any(3, 4, 2), whole('int64', [3], 1, 5)], (g, x, lengths) => g.ReverseSequence(x, lengths)),
  ],
}
