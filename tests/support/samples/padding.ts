import { any, sample, type Sample } from './sample.ts'

export const padding: Readonly<Record<string, readonly Sample[]>> = {
  Pad: [
    sample('with zeros', [any('batch', 2, 3)], (g, x) => g.Pad(x, [0, 1, 0, 0, 2, 3])),
    sample('with a number', [any(2, 3)], (g, x) => g.Pad(x, [1, 0, 0, 1], 'constant', g.scalar(0.5, x.dtype))),
    sample('with a computed number', [any(2, 3), any()], (g, x, c) => g.Pad(x, [1, 0, 0, 1], 'constant', c)),
    sample('by less than nothing', [any('batch', 4)], (g, x) => g.Pad(x, [0, -1, 0, 2])),
    sample('with its edges', [any('batch', 2, 3)], (g, x) => g.Pad(x, [0, 1, 2, 0, 0, 1], 'edge')),
    sample('with its reflection', [any('batch', 2, 4)], (g, x) => g.Pad(x, [0, 1, 3, 0, 0, 2], 'reflect')),
    sample('along axes by name', [any('batch', 2, 3)], (g, x) =>
      g.node('Pad', [x, g.ints([1, 2]), null, g.ints([-1])]),
    ),
  ],
  Tile: [
    sample('along one axis', [any('batch', 2)], (g, x) => g.Tile(x, [1, 3])),
    sample('along two axes', [any(2, 3, 1)], (g, x) => g.Tile(x, [2, 1, 2])),
    sample('once', [any('batch')], (g, x) => g.Tile(x, [1])),
  ],
}
