import { defineLoss } from '../define.ts'
import { rowMean } from '../rows.ts'
import { shortfall } from './shortfall.ts'

export const hinge = defineLoss({
  kind: 'hinge',
  title: 'Hinge',
  doc: 'For two classes and one output around 0: nothing for what is right by a margin of 1, straight beyond.',
  reference: 'https://keras.io/api/losses/hinge_losses/#hinge-class',
  formula: 'loss = mean of max(0, 1 − s p),  s = 2 y − 1',
  conventions: {
    keras: 'Hinge()',
  },
  keras: { class: 'Hinge' },
  metric: { class: 'Hinge' },
  target: 'binary',
  activation: 'linear',
  params: {},
  build: ({ g, prediction, target }) => rowMean(g, shortfall(g, prediction, target)),
})
