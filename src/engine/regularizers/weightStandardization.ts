import { defineRegularizer } from '../define.ts'
import { number } from '../params.ts'

export const weightStandardization = defineRegularizer({
  kind: 'weightStandardization',
  title: 'Weight standardization',
  doc: 'The layer uses its weight with mean 0 and variance 1 over what comes into each unit; made to go with normalization of groups or layers.',
  reference: 'Qiao et al. 2019, https://arxiv.org/abs/1903.10520',
  formula:
    'of the weights w₁ … w_n that come into a unit: μ = Σ w / n, σ² = Σ (w − μ)² / n\nthe layer uses (w − μ) / √(σ² + ε)',
  conventions: {
    keras: 'Nothing built in: a kernel_constraint of your own standardizes the weight itself instead',
    pytorch: 'Nothing built in; timm’s StdConv2d divides by √(σ² + 10⁻⁶)',
    matlab: 'Nothing built in: standardize the weights in a custom layer',
  },
  places: ['weight'],
  lasting: true,
  params: {
    epsilon: number({
      title: 'Epsilon',
      doc: 'Added to the variance so that nothing is divided by zero.',
      default: 1e-5,
      min: 0,
      exclusiveMin: true,
      sensible: [1e-6, 1e-4],
      scale: 'log',
    }),
  },
  // (w - μ) / √(σ² + ε), μ and σ over all axes but the last
  transform: ({ g, params, weight, name, fail }) => {
    const axes = weight.shape.slice(0, -1).map((_, axis) => axis)
    if (axes.length === 0) return fail(`needs several weights a unit, but ${name} has one; remove it there`)
    const centered = g.Sub(weight, g.ReduceMean(weight, axes, true))
    const variance = g.Div(g.ReduceSumSquare(centered, axes, true), g.count(weight, axes))
    return { weight: g.Div(centered, g.Sqrt(g.Add(variance, g.scalar(params.epsilon)))) }
  },
})
