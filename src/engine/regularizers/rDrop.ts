import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'
import { logitsOf } from './logits.ts'

export const rDrop = defineRegularizer({
  kind: 'rDrop',
  title: 'R-Drop',
  doc: 'Shows every batch to the network twice, with different dropout, and costs what the two predictions differ.',
  reference: 'Liang et al. 2021, https://arxiv.org/abs/2106.14448; https://github.com/dropreg/R-Drop',
  formula:
    'L = ½ (loss₁ + loss₂) + α ½ (KL(p₁‖p₂) + KL(p₂‖p₁)), the mean over rows\nKL(p₁‖p₂) + KL(p₂‖p₁) = Σ (p₁ − p₂)(z₁ − z₂), z the logits',
  conventions: {
    keras: 'no class; needs a train_step of one’s own',
    pytorch: 'two calls of the model and F.kl_div both ways, as in the authors’ code',
    matlab: 'no function; needs a custom training loop',
  },
  places: ['training'],
  params: { strength: { ...strength('How much one nat between the two predictions costs.', 1), sensible: [0.1, 10] } },
  passes: 2,
  objective: ({ g, scalar, outputs, fail }) => {
    const [first = [], second = []] = outputs
    const divergences = first.flatMap((one, index) => {
      const other = second[index]
      if (!other) return []
      if (one.form === 'value') return fail('compares class probabilities, and the loss is for numbers; remove it')
      const apart = g.Sub(logitsOf(one, fail), logitsOf(other, fail))
      const both = g.Mul(g.Sub(one.probabilities, other.probabilities), apart)
      return [g.Div(g.ReduceSum(both, null), g.count(both, [0]))]
    })
    const sum = divergences.reduce((total, each) => g.Add(total, each))
    return g.Mul(scalar('strength'), g.Mul(sum, g.scalar(0.5)))
  },
})
