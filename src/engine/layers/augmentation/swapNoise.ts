import { defineLayer } from '../../define.ts'
import { sizeOf } from '../../graph/graph.ts'
import { tensorOf } from '../../graph/tensor.ts'
import { dropRate } from '../dropping.ts'

export const swapNoise = defineLayer({
  kind: 'swapNoise',
  title: 'Swap noise',
  doc: 'While training, puts in the place of some cells what another row of the batch has in that column, so that each column keeps its distribution.',
  reference: 'Bahri et al. 2022 (SCARF), https://arxiv.org/abs/2106.15147',
  formula: 'y = x with probability 1 − rate, else the same cell of another row\nevery other row is as likely',
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: { rate: dropRate('Fraction of the cells that is replaced.', 0.1, [0.05, 0.3]) },
  build: ({ g, inputs, training, mask, uniform, scalar, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    if (!training) return x
    const batch = sizeOf(x.shape.slice(0, 1))
    // A row alone has nobody to swap with.
    if (batch < 2) return x
    const kept = mask(x, scalar('rate'))
    const further = g.Add(g.Floor(g.Mul(uniform(x), g.scalar(batch - 1))), g.scalar(1))
    const own = g.initializer(
      'rows',
      tensorOf('int64', [batch, ...x.shape.slice(1).map(() => 1)], [...Array(batch).keys()]),
    )
    const other = g.Mod(g.Add(g.Cast(further, 'int64'), own), g.scalar(batch, 'int64'))
    return g.Where(g.Equal(kept, g.scalar(1)), x, g.GatherElements(x, other, 0))
  },
})
