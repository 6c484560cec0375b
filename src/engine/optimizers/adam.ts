import { defineOptimizer, type OptimizerDefinition } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { number } from '../params.ts'
import { learningRateParams } from './learningRate.ts'

/** Adam's parameters, shared with its relatives. */
export const adamParams = {
  ...learningRateParams(0.001),
  beta1: number({
    title: 'Beta 1',
    doc: 'How slowly the mean of the gradients changes.',
    default: 0.9,
    min: 0,
    max: 0.999999,
  }),
  beta2: number({
    title: 'Beta 2',
    doc: 'How slowly the mean of their squares changes.',
    default: 0.999,
    min: 0,
    max: 0.999999,
  }),
  epsilon: number({
    title: 'Epsilon',
    doc: 'Added to the root so that nothing is divided by zero.',
    default: 1e-7,
    min: 0,
    scale: 'log',
  }),
}

type AdamParams = typeof adamParams

/**
 * One Adam step. Keras writes it with running means,
 * m ← m + (1 - β₁)(g - m);  v ← v + (1 - β₂)(g² - v);  w ← w - η √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + ε).
 * Here the sums M = m / (1 - β₁) and V = v / (1 - β₂) are kept instead, which takes ten passes over the weights, not twelve:
 * M ← β₁ M + g;  V ← β₂ V + g²;  w ← w - η √(1 - β₂ᵗ) / (1 - β₁ᵗ) · (1 - β₁) / √(1 - β₂) · M / (√V + ε / √(1 - β₂)).
 */
export const adamUpdate: OptimizerDefinition<AdamParams>['update'] = ({
  g,
  params: { beta1, beta2, epsilon },
  weight,
  gradient,
  slots,
  learningRate,
  step,
}) => {
  const discounted = (sum: Value | undefined, beta: number, next: Value): Value =>
    sum ? g.Add(g.Mul(sum, g.scalar(beta)), next) : next
  const gradientSum = discounted(slots.gradientSum, beta1, gradient)
  const squareSum = discounted(slots.squareSum, beta2, g.Mul(gradient, gradient))
  const correction = (beta: number): Value => g.Sub(g.scalar(1), g.Pow(g.scalar(beta), step))
  const spread = Math.sqrt(1 - beta2)
  const scaledRate = g.Mul(learningRate, g.Sqrt(correction(beta2)))
  const alpha = g.Mul(g.Div(scaledRate, correction(beta1)), g.scalar((1 - beta1) / spread))
  const root = g.Add(g.Sqrt(squareSum), g.scalar(epsilon / spread))
  return {
    weight: g.Sub(weight, g.Div(g.Mul(gradientSum, alpha), root)),
    slots: { gradientSum, squareSum },
    // η √(1 - β₂ᵗ) / (√v + ε)
    stepSize: () => g.Div(g.Mul(scaledRate, g.scalar(1 / spread)), root),
  }
}

export const adamSlots = { gradientSum: 0, squareSum: 0 }

export const adam = defineOptimizer({
  kind: 'adam',
  title: 'Adam',
  doc: 'Steps scaled for each weight by running means of its gradient and of its square.',
  reference: 'Kingma & Ba 2015, https://arxiv.org/abs/1412.6980; Keras keras/src/optimizers/adam.py',
  params: adamParams,
  slots: () => adamSlots,
  update: adamUpdate,
})
