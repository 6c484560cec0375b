import { defineLoss } from '../define.ts'
import { rowMean } from '../rows.ts'
import { shortfall } from './shortfall.ts'

export const squaredHinge = defineLoss({
  kind: 'squaredHinge',
  title: 'Squared hinge',
  doc: 'For two classes and one output around 0: nothing for what is right by a margin of 1, squared beyond.',
  reference: 'https://keras.io/api/losses/hinge_losses/#squaredhinge-class',
  formula: 'loss = mean of max(0, 1 − s p)²,  s = 2 y − 1',
  conventions: {
    keras: 'SquaredHinge()',
  },
  keras: { class: 'SquaredHinge' },
  metric: { class: 'SquaredHinge' },
  target: 'binary',
  activation: 'linear',
  params: {},
  build: ({ g, prediction, target }) => {
    const short = shortfall(g, prediction, target)
    return rowMean(g, g.Mul(short, short))
  },
})
