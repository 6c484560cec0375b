import { defineLoss } from '../define.ts'
import { ofBatch, overlap } from './overlap.ts'

export const dice = defineLoss({
  kind: 'dice',
  title: 'Dice',
  doc: 'How little of predicted and true area overlaps, counted over all outputs of all rows of a batch together.',
  reference: 'https://keras.io/api/losses/segmentation_losses/#dice-class; keras/src/losses/losses.py',
  formula: 'loss = 1 − 2 Σ y p / (Σ y + Σ p + 10⁻⁷), sums over the whole batch',
  conventions: {
    keras: 'Dice(axis=None)',
  },
  keras: { class: 'Dice', only: { axis: null } },
  target: 'binary',
  activation: 'sigmoid',
  params: {},
  // 1 - 2 Σ y p / (Σ y + Σ p + ε)
  build: ({ g, prediction, target }) => {
    const { both, share } = overlap(g, prediction, target)
    const areas = g.Add(g.ReduceSum(target, null), g.ReduceSum(prediction, null))
    return ofBatch(g, g.Sub(g.scalar(1), share(g.Mul(both, g.scalar(2)), areas)), prediction)
  },
})
