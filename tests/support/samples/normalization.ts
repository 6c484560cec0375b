import { any, positive, sample, type Sample } from './sample.ts'

const epsilon = 1e-3

export const normalization: Readonly<Record<string, readonly Sample[]>> = {
  BatchNormalization: [
    sample(
      'of images',
      [any('batch', 2, 3, 2), any(2), any(2), any(2), positive(2)],
      (g, x, scale, bias, mean, variance) => g.BatchNormalization(x, scale, bias, mean, variance, epsilon),
    ),
    sample('of rows', [any('batch', 3), any(3), any(3), any(3), positive(3)], (g, x, scale, bias, mean, variance) =>
      g.BatchNormalization(x, scale, bias, mean, variance, epsilon),
    ),
  ],
  InstanceNormalization: [
    sample('of sequences', [any('batch', 2, 4), any(2), any(2)], (g, x, scale, bias) =>
      g.InstanceNormalization(x, scale, bias, epsilon),
    ),
    sample('of images', [any(2, 2, 3, 2), any(2), any(2)], (g, x, scale, bias) =>
      g.InstanceNormalization(x, scale, bias, epsilon),
    ),
  ],
  GroupNormalization: [
    sample('of sequences', [any('batch', 4, 3), any(4), any(4)], (g, x, scale, bias) =>
      g.GroupNormalization(x, scale, bias, 2, epsilon),
    ),
    sample('of images', [any(2, 3, 2, 2), any(3), any(3)], (g, x, scale, bias) =>
      g.GroupNormalization(x, scale, bias, 3, epsilon),
    ),
  ],
  LayerNormalization: [
    sample('over the last axis', [any('batch', 4), any(4), any(4)], (g, x, scale, bias) =>
      g.LayerNormalization(x, scale, bias, -1, epsilon),
    ),
    sample('over two axes, without a bias', [any('batch', 2, 3, 2), any(3, 2)], (g, x, scale) =>
      g.LayerNormalization(x, scale, null, 2, epsilon),
    ),
  ],
}
