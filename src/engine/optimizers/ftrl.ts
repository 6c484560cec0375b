import { defineOptimizer } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { number } from '../params.ts'
import { kerasOptimizer, learningRateParams } from './learningRate.ts'
import { stateOf } from './state.ts'

const penalty = (title: string, doc: string) => number({ title, doc, default: 0, min: 0, scale: 'log' })

export const ftrl = defineOptimizer({
  kind: 'ftrl',
  title: 'FTRL',
  doc: 'Follow the regularized leader: solves for each weight anew from the sum of all gradients, with exact zeros under L1.',
  reference:
    'McMahan et al. 2013, https://research.google.com/pubs/archive/41159.pdf; Keras keras/src/optimizers/ftrl.py',
  formula:
    'n′ = n + g²,  p = −power,  σ = (n′ᵖ − nᵖ) / η\nz ← z + g + 2 s w − σ w\nq = n′ᵖ / η + 2 λ₂ + β / η\nw ← (min(max(z, −λ₁), λ₁) − z) / q',
  conventions: {
    keras: 'Ftrl',
  },
  params: {
    ...learningRateParams(0.001, [0.003, 0.3]),
    learningRatePower: number({
      title: 'Learning rate power',
      doc: 'How the step falls with the sum of squares; 0 keeps it.',
      default: -0.5,
      max: 0,
    }),
    initialAccumulatorValue: number({
      title: 'Initial accumulator',
      doc: 'Where the sum of squares begins.',
      default: 0.1,
      min: 0,
    }),
    l1RegularizationStrength: penalty('L1', 'How much each unit of |w| costs; it makes weights exactly zero.'),
    l2RegularizationStrength: penalty('L2', 'How much each unit of w² costs.'),
    l2ShrinkageRegularizationStrength: penalty('L2 shrinkage', 'How much w² costs in the gradient alone.'),
    beta: number({
      title: 'Beta',
      doc: 'Adds to L2 what is the larger, the smaller the learning rate.',
      default: 0,
      min: 0,
    }),
  },
  keras: kerasOptimizer('Ftrl'),
  slots: ({ initialAccumulatorValue }) => ({ accumulator: initialAccumulatorValue, linear: 0 }),
  // n' = n + g²;  σ = (n'ᵖ - nᵖ) / η, p = -power;  z ← z + g + 2 s w - σ w;  q = n'ᵖ / η + 2 λ₂ + β / η;
  // w ← (clip(z, -λ₁, λ₁) - z) / q
  update: ({ g, params, weight, gradient, slots, learningRate }) => {
    const before = stateOf(slots, 'accumulator')
    const power = -params.learningRatePower
    const raised = (value: Value): Value => (power === 0.5 ? g.Sqrt(value) : g.Pow(value, g.scalar(power)))
    const accumulator = g.Add(before, g.Mul(gradient, gradient))
    const size = raised(accumulator)
    const sigma = g.Div(g.Sub(size, raised(before)), learningRate)
    const { l1RegularizationStrength: l1, l2RegularizationStrength: l2, l2ShrinkageRegularizationStrength } = params
    const shrinkage = g.scalar(2 * l2ShrinkageRegularizationStrength)
    const used = l2ShrinkageRegularizationStrength > 0 ? g.Add(gradient, g.Mul(weight, shrinkage)) : gradient
    const linear = g.Add(stateOf(slots, 'linear'), g.Sub(used, g.Mul(sigma, weight)))
    const added = g.Add(g.scalar(2 * l2), g.Div(g.scalar(params.beta), learningRate))
    const quadratic = g.Add(g.Div(size, learningRate), added)
    const clipped = g.Min(g.Max(linear, g.scalar(-l1)), g.scalar(l1))
    return {
      weight: g.Div(g.Sub(clipped, linear), quadratic),
      slots: { accumulator, linear },
      // 1 / q
      stepSize: () => g.Reciprocal(quadratic),
    }
  },
})
