import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'
import { logitsOf } from './logits.ts'

export const spectralDecoupling = defineRegularizer({
  kind: 'spectralDecoupling',
  title: 'Spectral decoupling',
  doc: 'Costs large logits, so that one strong feature does not keep the network from learning the others.',
  reference: 'Pezeshki et al. 2021, https://arxiv.org/abs/2011.09468',
  formula: 'L = data loss + λ/2 ‖z‖², z the logits, the mean over rows',
  conventions: {
    keras: 'activity_regularizer=L2(λ / 2) on a last layer that gives logits',
    pytorch: 'add λ / 2 × (z ** 2).sum(1).mean() to the loss',
    matlab: 'no function; write a custom loss',
  },
  places: ['training'],
  params: { strength: { ...strength('Twice what a squared logit of 1 costs.', 0.001), sensible: [1e-4, 0.1] } },
  objective: ({ g, scalar, outputs, fail }) => {
    const squares = outputs.flat().map((output) => {
      const logits = logitsOf(output, fail)
      return g.Div(g.ReduceSumSquare(logits, null), g.count(logits, [0]))
    })
    const sum = squares.reduce((total, each) => g.Add(total, each))
    return g.Mul(scalar('strength'), g.Mul(sum, g.scalar(0.5 / outputs.length)))
  },
})
