import { any, sample, type Sample } from './sample.ts'

export const convolution: Readonly<Record<string, readonly Sample[]>> = {
  Conv: [
    sample('of sequences, with a bias', [any('batch', 2, 6), any(3, 2, 3), any(3)], (g, x, w, b) => g.Conv(x, w, b)),
    sample('of sequences, strided and padded unevenly', [any(2, 2, 7), any(2, 2, 3)], (g, x, w) =>
      g.Conv(x, w, null, { strides: [2], pads: [1, 2] }),
    ),
    sample('of images, one element a kernel', [any('batch', 3, 2, 3), any(2, 3, 1, 1)], (g, x, w) => g.Conv(x, w)),
    sample('of images, padded', [any(2, 2, 4, 3), any(2, 2, 3, 2), any(2)], (g, x, w, b) =>
      g.Conv(x, w, b, { pads: [1, 0, 1, 1] }),
    ),
    sample('of images, strided so that the last rows are not seen', [any(2, 1, 6, 5), any(2, 1, 3, 2)], (g, x, w) =>
      g.Conv(x, w, null, { strides: [2, 3] }),
    ),
    sample('of images, dilated and padded', [any(1, 2, 5, 4), any(2, 2, 2, 2)], (g, x, w) =>
      g.Conv(x, w, null, { dilations: [3, 2], pads: [2, 1, 1, 1] }),
    ),
    sample('of images, strided, dilated, padded, in groups', [any(2, 4, 4, 3), any(4, 2, 2, 2), any(4)], (g, x, w, b) =>
      g.Conv(x, w, b, { strides: [2, 1], dilations: [2, 2], pads: [1, 1, 0, 1], group: 2 }),
    ),
    sample('of images, each channel on its own', [any('batch', 3, 3, 4), any(3, 1, 2, 2)], (g, x, w) =>
      g.Conv(x, w, null, { group: 3, pads: [1, 1, 0, 0] }),
    ),
    sample('of images, two features a channel', [any(2, 2, 3, 3), any(4, 1, 2, 2)], (g, x, w) =>
      g.Conv(x, w, null, { group: 2, strides: [2, 2] }),
    ),
    sample('padded by more than its kernel', [any(1, 1, 3), any(1, 1, 2)], (g, x, w) =>
      g.Conv(x, w, null, { pads: [2, 3] }),
    ),
    sample('padded to the size of its input, by name', [any(1, 1, 5, 4), any(2, 1, 2, 3)], (g, x, w) =>
      g.node('Conv', [x, w], {
        auto_pad: { type: 'string', value: 'SAME_UPPER' },
        strides: { type: 'ints', value: [2, 1] },
      }),
    ),
  ],
  ConvTranspose: [
    sample('of sequences, with a bias', [any('batch', 2, 3), any(2, 3, 3), any(3)], (g, x, w, b) =>
      g.ConvTranspose(x, w, b),
    ),
    sample('of images, strided', [any('batch', 2, 2, 3), any(2, 2, 3, 2)], (g, x, w) =>
      g.ConvTranspose(x, w, null, { strides: [2, 3] }),
    ),
    sample('of images, padded and filled up', [any(2, 1, 3, 2), any(1, 2, 3, 3), any(2)], (g, x, w, b) =>
      g.ConvTranspose(x, w, b, { strides: [2, 2], pads: [1, 0, 1, 1], outputPadding: [1, 0] }),
    ),
    sample('of images, dilated, in groups', [any(2, 4, 2, 3), any(4, 1, 2, 2), any(2)], (g, x, w, b) =>
      g.ConvTranspose(x, w, b, { dilations: [2, 1], group: 2, pads: [1, 0, 0, 0] }),
    ),
    sample('of images, each channel on its own', [any('batch', 2, 2, 2), any(2, 1, 2, 2)], (g, x, w) =>
      g.ConvTranspose(x, w, null, { group: 2, strides: [2, 2] }),
    ),
    sample('to a size given', [any(1, 1, 3), any(1, 2, 3)], (g, x, w) =>
      g.node('ConvTranspose', [x, w], {
        strides: { type: 'ints', value: [2] },
        output_shape: { type: 'ints', value: [6] },
      }),
    ),
  ],
  ConvInputGradient: [
    sample('of sequences', [any('batch', 3, 4), any(3, 2, 3)], (g, dy, w) =>
      g.node('ConvInputGradient', [dy, w], { sizes: { type: 'ints', value: [6] } }),
    ),
    sample(
      'of images, padded, strided so that the last rows were not seen',
      [any(2, 2, 2, 2), any(2, 1, 3, 2)],
      (g, dy, w) =>
        g.node('ConvInputGradient', [dy, w], {
          sizes: { type: 'ints', value: [6, 5] },
          strides: { type: 'ints', value: [2, 3] },
          pads: { type: 'ints', value: [0, 1, 0, 0] },
        }),
    ),
    sample('of images, dilated, in groups', [any(1, 4, 3, 3), any(4, 1, 2, 2)], (g, dy, w) =>
      g.node('ConvInputGradient', [dy, w], {
        sizes: { type: 'ints', value: [4, 5] },
        dilations: { type: 'ints', value: [1, 2] },
        group: { type: 'int', value: 2 },
      }),
    ),
  ],
  ConvWeightGradient: [
    sample('of sequences', [any(2, 2, 6), any(2, 3, 4)], (g, x, dy) =>
      g.node('ConvWeightGradient', [x, dy], { kernel_shape: { type: 'ints', value: [3] } }),
    ),
    sample(
      'of images, padded, strided so that the last rows were not seen',
      [any(2, 1, 6, 5), any(2, 2, 2, 2)],
      (g, x, dy) =>
        g.node('ConvWeightGradient', [x, dy], {
          kernel_shape: { type: 'ints', value: [3, 2] },
          strides: { type: 'ints', value: [2, 3] },
          pads: { type: 'ints', value: [0, 1, 0, 0] },
        }),
    ),
    sample('of images, dilated, in groups', [any(1, 2, 4, 5), any(1, 4, 3, 3)], (g, x, dy) =>
      g.node('ConvWeightGradient', [x, dy], {
        kernel_shape: { type: 'ints', value: [2, 2] },
        dilations: { type: 'ints', value: [1, 2] },
        group: { type: 'int', value: 2 },
      }),
    ),
  ],
}
