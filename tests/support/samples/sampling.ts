import { any, between, sample, type Sample } from './sample.ts'

const grid = (low: number, high: number, ...shape: readonly (number | string)[]) => between(shape, low, high, 0.02)

export const sampling: Readonly<Record<string, readonly Sample[]>> = {
  GridSample: [
    sample('linear, some of it outside', [any('batch', 2, 3, 4), grid(-1.4, 1.4, 'batch', 2, 5, 2)], (g, x, at) =>
      g.GridSample(x, at),
    ),
    sample('linear, of one row', [any(1, 1, 1, 4), grid(-0.9, 0.9, 1, 3, 2, 2)], (g, x, at) => g.GridSample(x, at)),
    sample('nearest', [any('batch', 2, 3, 4), grid(-1.4, 1.4, 'batch', 2, 2, 2)], (g, x, at) =>
      g.GridSample(x, at, 'nearest'),
    ),
  ],
}
