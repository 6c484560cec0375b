import { defineOptimizer, type OptimizerDefinition } from '../define.ts'
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
    max: 1,
    exclusiveMax: true,
  }),
  beta2: number({
    title: 'Beta 2',
    doc: 'How slowly the mean of their squares changes.',
    default: 0.999,
    min: 0,
    max: 1,
    exclusiveMax: true,
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
 * One Adam step, as Keras writes it:
 * m ← m + (1 - β₁)(g - m);  v ← v + (1 - β₂)(g² - v);  w ← w - η √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + ε).
 */
export const adamUpdate: OptimizerDefinition<AdamParams>['update'] = ({
  g,
  scalar,
  weight,
  gradient,
  slots,
  learningRate,
  step,
}) => {
  const one = g.scalar(1)
  const blend = (before: ReturnType<typeof g.Add>, now: ReturnType<typeof g.Add>, beta: 'beta1' | 'beta2') =>
    g.Add(before, g.Mul(g.Sub(now, before), g.Sub(one, scalar(beta))))
  const mean = blend(slots.mean ?? g.zerosLike(weight), gradient, 'beta1')
  const square = blend(slots.square ?? g.zerosLike(weight), g.Mul(gradient, gradient), 'beta2')
  const correction = (beta: 'beta1' | 'beta2') => g.Sub(one, g.Pow(scalar(beta), step))
  const scaledRate = g.Mul(learningRate, g.Sqrt(correction('beta2')))
  const root = g.Add(g.Sqrt(square), scalar('epsilon'))
  const alpha = g.Div(scaledRate, correction('beta1'))
  return {
    weight: g.Sub(weight, g.Div(g.Mul(mean, alpha), root)),
    slots: { mean, square },
    stepSize: () => g.Div(scaledRate, root),
  }
}

export const adamSlots = { mean: 0, square: 0 }

export const adam = defineOptimizer({
  kind: 'adam',
  title: 'Adam',
  doc: 'Steps scaled for each weight by running means of its gradient and of its square.',
  reference: 'Kingma & Ba 2015, https://arxiv.org/abs/1412.6980; Keras keras/src/optimizers/adam.py',
  params: adamParams,
  slots: () => adamSlots,
  update: adamUpdate,
})
