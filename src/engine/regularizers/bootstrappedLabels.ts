import { defineRegularizer } from '../define.ts'
import { choice, number } from '../params.ts'

export const bootstrappedLabels = defineRegularizer({
  kind: 'bootstrappedLabels',
  title: 'Bootstrapped labels',
  doc: 'Mixes what the network already believes into the targets, so that wrong labels do less harm.',
  reference: 'Reed et al. 2015, https://arxiv.org/abs/1412.6596',
  formula: 'soft: ỹ = β y + (1 − β) p\nhard: ỹ = β y + (1 − β) [p is the largest]',
  conventions: {
    keras: 'no class; write a loss that mixes y_true with y_pred',
    pytorch: 'no class; write a loss that mixes the targets with softmax(logits)',
    matlab: 'no function; write a custom loss',
  },
  places: ['training'],
  params: {
    form: choice({
      title: 'Form',
      doc: 'Soft mixes in the probabilities, hard the class that is thought most likely.',
      default: 'soft',
      options: ['soft', 'hard'],
    }),
    trust: number({
      title: 'Trust in the labels',
      doc: 'Share of the given label, β; the paper takes 0.95 for soft and 0.8 for hard.',
      default: 0.95,
      min: 0,
      max: 1,
      live: true,
      sensible: [0.7, 0.98],
    }),
  },
  // The gradient goes through p in the soft form, as in the paper, where that amounts to a penalty on the entropy.
  labels: ({ g, params, scalar, target, form, training, probabilities }) => {
    if (!training) return target
    const likely = (): typeof target =>
      form === 'binary'
        ? g.Cast(g.Greater(probabilities, g.scalar(0.5)), 'float32')
        : g.OneHot(g.ArgMax(probabilities, -1), Number(probabilities.shape.at(-1)))
    const belief = params.form === 'soft' ? probabilities : likely()
    return g.Add(belief, g.Mul(scalar('trust'), g.Sub(target, belief)))
  },
})
