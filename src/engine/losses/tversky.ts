import { defineLoss } from '../define.ts'
import { number } from '../params.ts'
import { ofBatch, overlap } from './overlap.ts'

export const tversky = defineLoss({
  kind: 'tversky',
  title: 'Tversky',
  doc: 'Dice with weights of its own for area that is missed and for area that is too much.',
  reference: 'Salehi et al. 2017, https://arxiv.org/abs/1706.05721; keras/src/losses/losses.py',
  formula: 'loss = 1 − Σ y p / (Σ y p + alpha · Σ y (1 − p) + beta · Σ (1 − y) p + 10⁻⁷), sums over the whole batch',
  conventions: {
    keras: 'Tversky(alpha, beta); its documentation swaps what the two weigh, its code does not',
  },
  keras: { class: 'Tversky', only: { axis: null } },
  target: 'binary',
  activation: 'sigmoid',
  params: {
    alpha: number({ title: 'Alpha', doc: 'Weight of what is missed.', default: 0.5, min: 0 }),
    beta: number({ title: 'Beta', doc: 'Weight of what is too much.', default: 0.5, min: 0 }),
  },
  // 1 - Σ y p / (Σ y p + α Σ y (1 - p) + β Σ (1 - y) p + ε)
  build: ({ g, scalar, prediction, target }) => {
    const one = g.scalar(1)
    const { both, share } = overlap(g, prediction, target)
    const missed = g.ReduceSum(g.Mul(target, g.Sub(one, prediction)), null)
    const excess = g.ReduceSum(g.Mul(g.Sub(one, target), prediction), null)
    const errors = g.Add(g.Mul(missed, scalar('alpha')), g.Mul(excess, scalar('beta')))
    return ofBatch(g, g.Sub(one, share(both, g.Add(both, errors))), prediction)
  },
})
