import { defineLoss } from '../define.ts'
import { number } from '../params.ts'
import { rowMean } from '../rows.ts'

export const huber = defineLoss({
  kind: 'huber',
  title: 'Huber',
  doc: 'Squared for errors up to delta, straight beyond: outliers pull less.',
  reference: 'Huber 1964; https://keras.io/api/losses/regression_losses/#huber-class',
  formula: 'e = |y − p|\nloss = mean of ½ e² where e ≤ delta, else delta · e − ½ delta²',
  conventions: {
    keras: 'Huber(delta)',
    pytorch: 'HuberLoss(delta); SmoothL1Loss(beta=delta) is this divided by delta',
    matlab: 'huber(Y, T, TransitionPoint=delta), a sum over the outputs of a row where this is their mean',
  },
  keras: { class: 'Huber' },
  target: 'value',
  activation: 'linear',
  params: {
    delta: number({
      title: 'Delta',
      doc: 'Where squared turns into straight.',
      default: 1,
      min: 0,
      exclusiveMin: true,
    }),
  },
  // ½ e² where |e| <= δ, else δ |e| - ½ δ²; with c = min(|e|, δ) both are c (|e| - ½ c)
  build: ({ g, scalar, prediction, target }) => {
    const error = g.Abs(g.Sub(prediction, target))
    const capped = g.Min(error, scalar('delta'))
    return rowMean(g, g.Mul(capped, g.Sub(error, g.Mul(capped, g.scalar(0.5)))))
  },
})
