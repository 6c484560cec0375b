import { defineLayer } from '../define.ts'
import { integer } from '../params.ts'
import { dropRate } from './dropping.ts'
import { channelsLast, placesOf } from './places.ts'

export const dropBlock = defineLayer({
  kind: 'dropBlock',
  title: 'DropBlock',
  doc: 'While training, drops square blocks of neighbouring places of an image, in each channel others, and scales what is left to the same sum; else passes it on.',
  reference: 'Ghiasi, Lin & Le 2018, https://arxiv.org/abs/1810.12890',
  formula:
    'γ = rate · H W / k² / ((H − k + 1) (W − k + 1))\nm is 0 in the k × k places after each corner drawn with probability γ, else 1\ny = x · m · count(m) / sum(m), over the batch\nk is the block size, at most H and W',
  conventions: { pytorch: 'torchvision.ops.DropBlock2d(p=rate, block_size), channels first' },
  group: 'Regularization',
  arity: { min: 1, max: 1 },
  samples: true,
  params: {
    rate: dropRate('About the fraction of the places that is dropped.', 0.1, [0.05, 0.25]),
    blockSize: integer({
      title: 'Block size',
      doc: 'How many places a block has along rows and along columns; at most as many as there are.',
      default: 7,
      min: 1,
      max: 1000,
      sensible: [3, 9],
    }),
  },
  build: (context) => {
    const { g, params, training, mask, scalar } = context
    const { x, sizes, channels } = placesOf(context, 2)
    if (!training) return x
    const block = Math.min(params.blockSize, ...sizes)
    const corners = sizes.map((size) => size - block + 1)
    const share = sizes.reduce((product, size, axis) => (product * size) / block / (corners[axis] ?? 1), 1)
    const gamma = g.Mul(scalar('rate'), g.scalar(share))
    const drawn = g.Sub(g.scalar(1), mask([x.shape[0] ?? 1, channels, ...corners], gamma))
    // Each place is the largest of the corners whose block it is in; a square is a row of columns.
    const reach = block - 1
    const columns = g.MaxPool(drawn, { kernelShape: [block, 1], pads: [reach, 0, reach, 0] })
    const dropped = g.MaxPool(columns, { kernelShape: [1, block], pads: [0, reach, 0, reach] })
    const kept = g.Sub(g.scalar(1), dropped)
    // Where nothing is left there is nothing to scale.
    const left = g.Max(g.ReduceSum(kept, null), g.scalar(1))
    const scale = g.Div(g.count(kept, [0, 1, 2, 3]), left)
    return g.Mul(x, channelsLast(g, g.Mul(kept, scale)))
  },
})
