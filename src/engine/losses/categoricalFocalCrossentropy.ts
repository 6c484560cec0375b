import { defineLoss } from '../define.ts'
import { tensorOf } from '../graph/tensor.ts'
import { number, numbers } from '../params.ts'
import { rowMean } from '../rows.ts'
import { crossEntropyParams, knownLogits, logProbabilities, normalized } from './crossEntropy.ts'
import { powerOf } from './powerOf.ts'

export const categoricalFocalCrossentropy = defineLoss({
  kind: 'categoricalFocalCrossentropy',
  title: 'Categorical focal cross-entropy',
  doc: 'Categorical cross-entropy that turns away from rows the network already gets right.',
  reference:
    'Lin et al. 2018, https://arxiv.org/abs/1708.02002; https://keras.io/api/losses/probabilistic_losses/#categoricalfocalcrossentropy-class',
  formula: 'loss = −Σ alpha (1 − p)^gamma y ln p over the classes',
  conventions: {
    keras: 'CategoricalFocalCrossentropy(alpha, gamma)',
    matlab: 'focalCrossEntropy(Y, T, Gamma=gamma, Alpha=alpha)',
  },
  keras: { class: 'CategoricalFocalCrossentropy', only: { axis: -1 } },
  target: 'oneHot',
  activation: 'softmax',
  params: {
    alpha: numbers({
      title: 'Alpha',
      doc: 'Weight of the classes: one number for all, or one for each in their order.',
      default: [0.25],
      min: 0,
    }),
    gamma: number({
      title: 'Gamma',
      doc: 'How strongly easy rows are turned away from; 0 is plain cross-entropy.',
      default: 2,
      min: 0,
      sensible: [0.5, 5],
    }),
    ...crossEntropyParams,
  },
  // -Σ α (1 - p)^γ y ln p over the last axis, averaged over a row's positions
  build: (context) => {
    const { g, params, prediction, target } = context
    const classes = Number(prediction.shape.at(-1))
    if (params.alpha.length !== 1 && params.alpha.length !== classes)
      return context.fail(
        `there are ${params.alpha.length} alphas for ${classes} classes; give one for each class, or one for all`,
        'alpha',
        [params.alpha[0] ?? 0.25],
      )
    const z = knownLogits(context, 'Softmax')
    const p = z ? g.Softmax(z) : normalized(g, prediction)
    const missed = g.Sub(g.scalar(1), p)
    const alpha = g.initializer('alpha', tensorOf('float32', [params.alpha.length], params.alpha))
    const weight = g.Mul(alpha, powerOf(g, missed, params.gamma))
    return rowMean(g, g.Neg(g.ReduceSum(g.Mul(weight, g.Mul(target, logProbabilities(context))), [-1])))
  },
})
