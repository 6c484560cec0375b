import { activationKinds } from '../activations.ts'
import { defineLayer } from '../define.ts'
import { choice } from '../params.ts'
import { activityParams } from './weights.ts'

export const activation = defineLayer({
  kind: 'activation',
  title: 'Activation',
  doc: 'Applies a function to every number, or one of the softmax family over the last axis.',
  reference: 'https://keras.io/api/layers/core_layers/activation/',
  formula:
    'linear: x\nrelu: max(x, 0)\nsigmoid: σ(x) = 1 / (1 + e⁻ˣ)\ntanh: (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)\nsoftmax: eˣ / Σ eˣ over the last axis\nelu: x where x > 0, else eˣ − 1\nselu: 1.0507 (x where x > 0, else 1.6733 (eˣ − 1))\nsoftplus: ln(1 + eˣ)\ngelu: x Φ(x) = x/2 (1 + erf(x / √2))\ngelu_tanh: x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))\nswish: x σ(x)\nleaky_relu: x where x > 0, else 0.2 x\nrelu6: min(max(x, 0), 6)\ncelu: as elu\nexponential: eˣ\nhard_sigmoid: min(max(x/6 + 1/2, 0), 1)\nhard_silu: x · hard_sigmoid(x)\nhard_tanh: min(max(x, −1), 1)\nhard_shrink: x where |x| > 1/2, else 0\nsoft_shrink: x − min(max(x, −1/2), 1/2)\ntanh_shrink: x − tanh x\nlog_sigmoid: −ln(1 + e⁻ˣ)\nlog_softmax: x − ln Σ eˣ over the last axis\nmish: x tanh(ln(1 + eˣ))\nsoftsign: x / (1 + |x|)\nsquareplus: (x + √(x² + 4)) / 2\nsparse_plus: x where x ≥ 1, 0 where x ≤ −1, else (x + 1)²/4\nsparse_sigmoid: min(max((x + 1)/2, 0), 1)',
  group: 'Activation',
  arity: { min: 1, max: 1 },
  params: {
    activation: choice({ title: 'Activation', doc: 'The function.', default: 'relu', options: activationKinds }),
    ...activityParams,
  },
  keras: { class: 'Activation' },
  build: ({ params, inputs, activity, activation: apply, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    const y = apply(params.activation, x)
    activity(y, params.activityRegularizers)
    return y
  },
})
