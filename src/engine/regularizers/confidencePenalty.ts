import { defineRegularizer } from '../define.ts'
import { optional, strength } from '../params.ts'

export const confidencePenalty = defineRegularizer({
  kind: 'confidencePenalty',
  title: 'Confidence penalty',
  doc: 'Costs certainty: predictions of low entropy are penalized, all of them or those below a threshold.',
  reference: 'Pereyra et al. 2017, https://arxiv.org/abs/1701.06548',
  formula:
    'L = data loss − β H(p)\nwith a threshold Γ: L = data loss + β max(0, Γ − H(p))\nH(p) = −Σ p ln p, the mean over rows',
  conventions: {
    keras: 'no class; subtract β × entropy of y_pred in a loss of one’s own',
    pytorch: 'subtract β × torch.distributions.Categorical(logits=z).entropy().mean() from the loss',
    matlab: 'no function; write a custom loss',
  },
  places: ['training'],
  params: {
    strength: { ...strength('How much one nat of missing entropy costs.', 0.1), sensible: [0.01, 1] },
    threshold: optional({
      title: 'Threshold',
      doc: 'Entropy in nats from which on nothing is penalized.',
      default: null,
      min: 0,
      none: 'all predictions',
    }),
  },
  objective: ({ g, params, scalar, outputs, fail }) => {
    const entropies = outputs.flat().map(({ form, probabilities: p }) => {
      if (form === 'value') return fail('needs class probabilities, and the loss is for numbers; remove it')
      const log = (x: typeof p) => g.Log(g.Max(x, g.scalar(1e-7)))
      const rest = g.Sub(g.scalar(1), p)
      return form === 'binary'
        ? g.Neg(g.Add(g.Mul(p, log(p)), g.Mul(rest, log(rest))))
        : g.Neg(g.ReduceSum(g.Mul(p, log(p)), [-1]))
    })
    const { threshold } = params
    const costs = entropies.map((entropy) =>
      g.ReduceMean(threshold === null ? g.Neg(entropy) : g.Relu(g.Sub(g.scalar(threshold), entropy)), null),
    )
    const mean = g.Div(
      costs.reduce((sum, each) => g.Add(sum, each)),
      g.scalar(outputs.length),
    )
    return g.Mul(scalar('strength'), mean)
  },
})
