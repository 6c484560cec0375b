import { defineLoss } from '../define.ts'
import { flag, number } from '../params.ts'
import { rowMean } from '../rows.ts'
import { binaryEntropy, crossEntropyParams, knownLogits } from './crossEntropy.ts'
import { powerOf } from './powerOf.ts'

export const binaryFocalCrossentropy = defineLoss({
  kind: 'binaryFocalCrossentropy',
  title: 'Binary focal cross-entropy',
  doc: 'Binary cross-entropy that turns away from rows the network already gets right.',
  reference:
    'Lin et al. 2018, https://arxiv.org/abs/1708.02002; https://keras.io/api/losses/probabilistic_losses/#binaryfocalcrossentropy-class',
  formula:
    'm = y (1 − p) + (1 − y) p, the probability that is missing\nloss = mean of m^gamma · −(y ln p + (1 − y) ln(1 − p))\nbalanced: times y alpha + (1 − y) (1 − alpha)',
  conventions: {
    keras:
      'BinaryFocalCrossentropy(apply_class_balancing, alpha, gamma); alpha is without effect unless classes are balanced',
    pytorch:
      'torchvision.ops.sigmoid_focal_loss(alpha, gamma, reduction="mean"), which always balances (alpha=-1: never) and takes logits',
    matlab: 'focalCrossEntropy(Y, T, Gamma=gamma, Alpha=alpha)',
  },
  keras: { class: 'BinaryFocalCrossentropy', only: { axis: -1 } },
  target: 'binary',
  activation: 'sigmoid',
  params: {
    applyClassBalancing: flag({
      title: 'Balance classes',
      doc: 'Weighs class 1 with alpha and class 0 with the rest of 1.',
      default: false,
    }),
    alpha: number({
      title: 'Alpha',
      doc: 'Weight of class 1 where classes are balanced.',
      default: 0.25,
      min: 0,
      max: 1,
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
  // m^γ CE with m = y (1 - p) + (1 - y) p, the probability missed;  balanced: times y α + (1 - y) (1 - α)
  build: (context) => {
    const { g, params, prediction, target } = context
    const [one, z] = [g.scalar(1), knownLogits(context, 'Sigmoid')]
    const [p, rest] = z ? [g.Sigmoid(z), g.Sigmoid(g.Neg(z))] : [prediction, g.Sub(one, prediction)]
    const other = g.Sub(one, target)
    const missed = g.Add(g.Mul(target, rest), g.Mul(other, p))
    const focal = g.Mul(powerOf(g, missed, params.gamma), binaryEntropy(context))
    if (!params.applyClassBalancing) return rowMean(g, focal)
    const weight = g.Add(g.Mul(target, g.scalar(params.alpha)), g.Mul(other, g.scalar(1 - params.alpha)))
    return rowMean(g, g.Mul(weight, focal))
  },
})
