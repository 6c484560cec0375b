import { defineRegularizer } from '../define.ts'
import { number } from '../params.ts'

export const labelSmoothing = defineRegularizer({
  kind: 'labelSmoothing',
  title: 'Label smoothing',
  doc: 'Mixes the targets with an even guess, so that the network is never asked to be certain.',
  reference: 'Szegedy et al. 2016, https://arxiv.org/abs/1512.00567; Keras keras/src/losses/losses.py',
  formula: 'K classes: y ← y (1 − amount) + amount / K\none column of 0 and 1: y ← y (1 − amount) + amount / 2',
  conventions: {
    keras:
      'CategoricalCrossentropy(label_smoothing=amount) or BinaryCrossentropy(label_smoothing=amount); the validation loss is smoothed too, as here',
    pytorch:
      'CrossEntropyLoss(label_smoothing=amount); BCEWithLogitsLoss has none, so smooth its targets: y * (1 - amount) + amount / 2',
    matlab: 'Nothing built in: give crossentropy the targets T*(1-amount) + amount/K',
  },
  places: ['training'],
  params: {
    amount: number({
      title: 'Amount',
      doc: 'Share of the even guess in each target.',
      default: 0.1,
      min: 0,
      max: 1,
      sensible: [0.05, 0.3],
      live: true,
    }),
  },
  // K classes: y (1 - e) + e / K;  one 0/1 column: y (1 - e) + e / 2
  labels: ({ g, scalar, target, form }) => {
    const classes = form === 'oneHot' ? Number(target.shape.at(-1)) : 2
    const amount = scalar('amount')
    return g.Add(g.Mul(target, g.Sub(g.scalar(1), amount)), g.Div(amount, g.scalar(classes)))
  },
})
