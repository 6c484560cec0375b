import { defineRegularizer } from '../define.ts'
import { flag, number } from '../params.ts'

/** What the paper adds to a weight's size, so that weights of 0 move too. */
const leastSize = 0.01
/** A gradient of 0 leads nowhere. */
const leastNorm = 1e-12

export const sharpnessAware = defineRegularizer({
  kind: 'sharpnessAware',
  title: 'Sharpness-aware minimization',
  doc: 'Takes each gradient where the loss near the weights is about worst (SAM), which leads to flat minima at twice the time.',
  reference:
    'Foret et al. 2021, https://arxiv.org/abs/2010.01412; adaptive: Kwon et al. 2021, https://arxiv.org/abs/2102.11600',
  formula:
    'g ← ∇L(w + ε),  ε = radius · ∇L(w) / ‖∇L(w)‖, the norm over all weights\nadaptive: ε = radius · s² ∇L(w) / ‖s ∇L(w)‖,  s = |w| + 0.01, 1 for biases',
  conventions: {
    keras:
      'keras.models.experimental.SharpnessAwareMinimization(model, rho=radius) of Keras 2, which leaves penalties out of L; Keras 3 has none',
    pytorch:
      'Nothing built in; the SAM optimizer people copy has rho=radius, and its weight_decay acts at w, while penalties here are part of L',
    matlab: 'Nothing built in; a custom training loop calls dlgradient twice',
  },
  places: ['training'],
  params: {
    radius: number({
      title: 'Radius',
      doc: 'How far from the weights the gradient is taken, ρ; about ten times as far in the adaptive form.',
      default: 0.05,
      min: 0,
      sensible: [0.01, 0.5],
      scale: 'log',
      live: true,
    }),
    adaptive: flag({
      title: 'Adaptive',
      doc: 'Large weights move farther than small ones (ASAM), so that the scale of a layer makes no difference.',
      default: false,
    }),
  },
  // ε = ρ g / ‖g‖;  adaptive: ε = ρ s² g / ‖s g‖ with s = |w| + η
  perturb: ({ g, params: { adaptive }, scalar, weights, gradients, names }) => {
    const sizes = weights.map((weight, index) =>
      adaptive && !/(bias|beta)$/i.test(names[index] ?? '') ? g.Add(g.Abs(weight), g.scalar(leastSize)) : null,
    )
    const scaled = gradients.map((gradient, index) => {
      const size = sizes[index]
      return size ? g.Mul(gradient, size) : gradient
    })
    const squares = scaled.map((each) => g.ReduceSumSquare(each, null))
    const norm = g.Sqrt(squares.reduce((sum, square) => g.Add(sum, square), g.scalar(0)))
    const share = g.Div(scalar('radius'), g.Add(norm, g.scalar(leastNorm)))
    return weights.map((weight, index) => {
      const [direction, size] = [scaled[index] ?? weight, sizes[index]]
      return g.Add(weight, g.Mul(size ? g.Mul(direction, size) : direction, share))
    })
  },
})
