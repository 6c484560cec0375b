import { defineRegularizer } from '../define.ts'
import { number } from '../params.ts'

export const gradientNoise = defineRegularizer({
  kind: 'gradientNoise',
  title: 'Gradient noise',
  doc: 'Adds normal noise to every gradient, less from step to step; below a clipping technique, so that the noise is not clipped.',
  reference: 'Neelakantan et al. 2015, https://arxiv.org/abs/1511.06807',
  formula: 'g ← g + N(0, σ²)\nσ² = variance / (1 + t)^decay, t the steps done before',
  conventions: {
    keras: 'Nothing built in; an optimizer of one’s own adds keras.random.normal to the gradients in apply',
    pytorch: 'Nothing built in; parameter.grad.add_(torch.randn_like(parameter) * σ) before optimizer.step()',
    matlab: 'Nothing in trainingOptions; a custom training loop adds it with dlupdate',
  },
  places: ['training'],
  params: {
    variance: number({
      title: 'Variance',
      doc: 'Variance of the noise in the first step, η in the paper, which tries 0.01, 0.3 and 1.',
      default: 0.01,
      min: 0,
      sensible: [0.001, 1],
      scale: 'log',
      live: true,
    }),
    decay: number({
      title: 'Decay',
      doc: 'How fast the variance falls: the power of the steps it is divided by; 0 keeps it.',
      default: 0.55,
      min: 0,
      sensible: [0.3, 1],
    }),
  },
  // g ← g + z √η (1 + t)^(-γ/2), z normal
  gradients: ({ g, params, scalar, gradients, time, random }) => {
    const fallen = g.Pow(g.Add(time.iteration, g.scalar(1)), g.scalar(-params.decay / 2))
    const deviation = g.Mul(g.Sqrt(scalar('variance')), fallen)
    return gradients.map((gradient) => g.Add(gradient, g.Mul(random.normal(gradient), deviation)))
  },
})
