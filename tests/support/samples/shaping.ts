import { any, sample, unary, type Sample } from './sample.ts'

export const shaping: Readonly<Record<string, readonly Sample[]>> = {
  Identity: unary((g, x) => g.Identity(x)),
  Reshape: [
    sample('that joins an unknown axis with a known one', [any('batch', 2, 3)], (g, x) => g.Reshape(x, [-1, 3])),
    sample('there and back', [any('batch', 2, 3)], (g, x) => g.Reshape(g.Reshape(x, [-1]), [-1, 2, 3])),
    sample('with a copied and an open size', [any('batch', 2, 3)], (g, x) => g.Reshape(x, [0, -1])),
    sample('with every size given', [any(4, 3)], (g, x) => g.Reshape(x, [2, 2, 3])),
    sample('to a scalar', [any(1, 1)], (g, x) => g.Reshape(x, [])),
  ],
  Flatten: [
    sample('of rows', [any('batch', 2, 3)], (g, x) => g.Flatten(x)),
    sample('before axis 2', [any(2, 2, 3)], (g, x) => g.Flatten(x, 2)),
  ],
  Unsqueeze: [
    sample('at both ends', [any('batch')], (g, x) => g.Unsqueeze(x, [0, -1])),
    sample('of a scalar', [any()], (g, x) => g.Unsqueeze(x, [0])),
  ],
  Squeeze: [
    sample('of every axis of 1', [any(1, 3, 1)], (g, x) => g.node('Squeeze', [x])),
    sample('of the last axis', [any('batch', 1)], (g, x) => g.Squeeze(x, [-1])),
    sample('of two axes', [any(1, 3, 1)], (g, x) => g.Squeeze(x, [0, 2])),
  ],
  Expand: [
    sample('to a shape', [any(2, 1)], (g, x) => g.node('Expand', [x, g.ints([3, 1, 4])])),
    sample('of a scalar', [any(), any('batch', 2)], (g, a, b) => g.Expand(a, b)),
    sample('of a row', [any(3), any('batch', 3)], (g, a, b) => g.Expand(a, b)),
    sample('of a column', [any(2, 1), any(2, 3)], (g, a, b) => g.Expand(a, b)),
  ],
  Concat: [
    sample('along the last axis', [any('batch', 2), any('batch', 1), any('batch', 3)], (g, ...inputs) =>
      g.Concat(inputs, -1),
    ),
    sample('along the first axis', [any(2, 2), any(1, 2)], (g, ...inputs) => g.Concat(inputs, 0)),
    sample('of one value with itself', [any(2)], (g, x) => g.Concat([x, x], 0)),
  ],
  Split: [
    sample('into two without saying where', [any(3, 5)], (g, x) =>
      g.node('Split', [x], { axis: { type: 'int', value: 1 }, num_outputs: { type: 'int', value: 2 } }, 2),
    ),
    sample('into unequal parts', [any('batch', 5)], (g, x) => g.Split(x, [2, 3], -1)),
    sample('of which one is used', [any(3, 2)], (g, x) => g.Split(x, [1, 2], 0).slice(1)),
  ],
  Trilu: [
    sample('the upper part', [any('batch', 3, 4)], (g, x) => g.Trilu(x, 'upper')),
    sample('the lower part, below the diagonal', [any(3, 3)], (g, x) => g.Trilu(x, 'lower', -1)),
  ],
  DepthToSpace: [
    sample('of channels by depth', [any('batch', 8, 1, 2)], (g, x) => g.DepthToSpace(x, 2)),
    sample('of channels by column and row', [any('batch', 8, 1, 2)], (g, x) => g.DepthToSpace(x, 2, 'CRD')),
  ],
  SpaceToDepth: [sample('of blocks', [any('batch', 2, 2, 4)], (g, x) => g.SpaceToDepth(x, 2))],
}
