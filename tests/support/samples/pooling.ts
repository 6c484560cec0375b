import { any, distinct, sample, whole, type Sample } from './sample.ts'

export const pooling: Readonly<Record<string, readonly Sample[]>> = {
  MaxPool: [
    sample('of sequences', [distinct(['batch', 2, 5])], (g, x) => g.MaxPool(x, { kernelShape: [2], strides: [2] })),
    sample('of images, side by side', [distinct(['batch', 2, 4, 5])], (g, x) =>
      g.MaxPool(x, { kernelShape: [2, 2], strides: [2, 2] }),
    ),
    sample('of images, apart from each other', [distinct([2, 1, 5, 4])], (g, x) =>
      g.MaxPool(x, { kernelShape: [2, 1], strides: [3, 2] }),
    ),
    sample('of images, side by side and padded', [distinct([2, 2, 5, 3])], (g, x) =>
      g.MaxPool(x, { kernelShape: [2, 2], strides: [2, 2], pads: [0, 0, 1, 1] }),
    ),
    sample('of images, over each other and padded', [distinct(['batch', 2, 4, 4])], (g, x) =>
      g.MaxPool(x, { kernelShape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] }),
    ),
    sample('of images, dilated', [distinct([1, 2, 5, 4])], (g, x) =>
      g.MaxPool(x, { kernelShape: [2, 2], dilations: [2, 1] }),
    ),
    sample('with a last window over the end', [distinct([1, 1, 5])], (g, x) =>
      g.MaxPool(x, { kernelShape: [2], strides: [2], ceilMode: true }),
    ),
    sample('of ties, of which the first counts', [whole('float32', [1, 2, 4, 6], 0, 2)], (g, x) =>
      g.MaxPool(x, { kernelShape: [2, 3], strides: [2, 3] }),
    ),
    sample('with its indices', [distinct([2, 2, 4, 4])], (g, x) =>
      g.node(
        'MaxPool',
        [x],
        { kernel_shape: { type: 'ints', value: [2, 2] }, strides: { type: 'ints', value: [2, 2] } },
        2,
      ),
    ),
  ],
  MaxPoolGradient: [
    sample('of images, side by side', [distinct([2, 2, 4, 5]), any(2, 2, 2, 2)], (g, x, dy) => {
      const pool = { kernel_shape: { type: 'ints', value: [2, 2] }, strides: { type: 'ints', value: [2, 2] } } as const
      return g.node('MaxPoolGradient', [x, ...g.node('MaxPool', [x], pool), dy], pool)
    }),
    sample('of images, over each other and padded', [distinct([2, 1, 4, 4]), any(2, 1, 2, 4)], (g, x, dy) => {
      const pool = {
        kernel_shape: { type: 'ints', value: [3, 2] },
        strides: { type: 'ints', value: [2, 1] },
        pads: { type: 'ints', value: [1, 0, 1, 1] },
      } as const
      return g.node('MaxPoolGradient', [x, ...g.node('MaxPool', [x], pool), dy], pool)
    }),
  ],
  MaxUnpool: [
    sample('of images', [any(1, 2, 2, 2), distinct([1, 2, 4, 5])], (g, x, like) => {
      const pool = { kernel_shape: { type: 'ints', value: [2, 2] }, strides: { type: 'ints', value: [2, 2] } } as const
      const [, indices] = g.node('MaxPool', [like], pool, 2)
      return indices ? g.MaxUnpool(x, indices, like, { kernelShape: [2, 2], strides: [2, 2] }) : []
    }),
    sample('to the smallest size', [any(1, 1, 2), whole('int64', [1, 1, 2], 1, 2)], (g, x, ones) =>
      g.node('MaxUnpool', [x, g.Add(ones, g.ints([0, 2]))], {
        kernel_shape: { type: 'ints', value: [2] },
        strides: { type: 'ints', value: [2] },
      }),
    ),
  ],
  AveragePool: [
    sample('of sequences', [any('batch', 2, 5)], (g, x) => g.AveragePool(x, { kernelShape: [2], strides: [2] })),
    sample('of images, side by side', [any('batch', 2, 4, 3)], (g, x) =>
      g.AveragePool(x, { kernelShape: [2, 3], strides: [2, 3] }),
    ),
    sample('of images, over each other', [any('batch', 2, 4, 4)], (g, x) =>
      g.AveragePool(x, { kernelShape: [3, 2], strides: [1, 2] }),
    ),
    sample('of images, padded, the padding not counted', [any(2, 2, 4, 3)], (g, x) =>
      g.AveragePool(x, { kernelShape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] }),
    ),
    sample('of images, padded, the padding counted', [any(2, 2, 4, 3)], (g, x) =>
      g.AveragePool(x, { kernelShape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1], countIncludePad: true }),
    ),
    sample('with a last window over the end', [any(1, 1, 5)], (g, x) =>
      g.AveragePool(x, { kernelShape: [2], strides: [2], ceilMode: true }),
    ),
  ],
  GlobalMaxPool: [
    sample('of sequences', [distinct(['batch', 2, 3])], (g, x) => g.GlobalMaxPool(x)),
    sample('of images', [distinct(['batch', 2, 2, 3])], (g, x) => g.GlobalMaxPool(x)),
  ],
  GlobalAveragePool: [
    sample('of sequences', [any('batch', 2, 3)], (g, x) => g.GlobalAveragePool(x)),
    sample('of images', [any('batch', 2, 2, 3)], (g, x) => g.GlobalAveragePool(x)),
  ],
}
