import { defineLayer } from '../../define.ts'
import { number } from '../../params.ts'

export const jitter = defineLayer({
  kind: 'jitter',
  title: 'Jitter',
  doc: 'While training, adds a random number to each cell, in proportion to how far its column spreads over the batch; for tables and series, in whatever units their columns are.',
  reference: 'Um et al. 2017, https://arxiv.org/abs/1706.00527; Bishop 1995, https://doi.org/10.1162/neco.1995.7.1.108',
  formula:
    'y = x + amount · σ n\nn has mean 0 and variance 1, σ is the standard deviation of the column over the batch',
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    amount: number({
      title: 'Amount',
      doc: 'Standard deviation of the noise as a fraction of the standard deviation of the column.',
      default: 0.1,
      min: 0,
      sensible: [0.01, 0.3],
      live: true,
    }),
  },
  build: ({ g, inputs, training, normal, scalar, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    if (!training) return x
    const last = Math.max(1, x.shape.length - 1)
    const axes = x.shape.slice(0, last).map((_, axis) => axis)
    const centered = g.Sub(x, g.ReduceMean(x, axes, true))
    const variance = g.ReduceMean(g.Mul(centered, centered), axes, true)
    // The root of 0 has no slope: a column that is constant has no noise, and passes its gradient on.
    const spreads = g.Greater(variance, g.scalar(0))
    const deviation = g.Where(spreads, g.Sqrt(g.Where(spreads, variance, g.scalar(1))), g.scalar(0))
    return g.Add(x, g.Mul(normal(x), g.Mul(deviation, scalar('amount'))))
  },
})
