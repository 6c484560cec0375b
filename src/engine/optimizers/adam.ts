import { defineOptimizer, type OptimizerDefinition, type Slots, type Update } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { flag, number } from '../params.ts'
import { kerasOptimizer, learningRateParams } from './learningRate.ts'
import { correction, persistence } from './mean.ts'

/** Parameters of Adam's running means, shared with its relatives. */
export const momentParams = {
  beta1: persistence('Beta 1', 'How slowly the mean of the gradients changes.', 0.9),
  beta2: persistence('Beta 2', 'How slowly the mean of their squares changes.', 0.999),
  epsilon: number({
    title: 'Epsilon',
    doc: 'Added to the root so that nothing is divided by zero.',
    default: 1e-7,
    min: 0,
    scale: 'log',
  }),
}

/** Adam's parameters. */
export const adamParams = {
  ...learningRateParams(0.001),
  ...momentParams,
  amsgrad: flag({
    title: 'AMSGrad',
    doc: 'Divide by the largest mean square so far, which never lets a step grow back.',
    default: false,
  }),
}

/** What Keras calls Adam's parameters. */
export const adamArguments = { beta1: 'beta_1', beta2: 'beta_2' }

/** What a step of Adam is made from. */
interface AdamContext extends Pick<UpdateContext, 'g' | 'weight' | 'gradient' | 'slots' | 'learningRate' | 'step'> {
  readonly params: Readonly<Record<'beta1' | 'beta2' | 'epsilon', number>> & { readonly amsgrad: boolean }
}
type UpdateContext = Parameters<OptimizerDefinition['update']>[0]

/** The state of Adam, for each weight. */
export const adamSlots = ({ amsgrad }: { readonly amsgrad: boolean }): Slots =>
  amsgrad ? { gradientSum: 0, squareSum: 0, largestSquareSum: 0 } : { gradientSum: 0, squareSum: 0 }

/**
 * One Adam step. Keras writes it with running means,
 * m ← m + (1 - β₁)(g - m);  v ← v + (1 - β₂)(g² - v);  w ← w - η √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + ε).
 * Here the sums M = m / (1 - β₁) and V = v / (1 - β₂) are kept instead, which takes ten passes over the weights, not twelve:
 * M ← β₁ M + g;  V ← β₂ V + g²;  w ← w - η √(1 - β₂ᵗ) / (1 - β₁ᵗ) · (1 - β₁) / √(1 - β₂) · M / (√V + ε / √(1 - β₂)).
 * With AMSGrad, the largest V so far stands under the root.
 */
export function adamUpdate(context: AdamContext): Update {
  const { g, weight, gradient, slots, learningRate, step } = context
  const { beta1, beta2, epsilon, amsgrad } = context.params
  const discounted = (sum: Value | undefined, beta: number, next: Value): Value =>
    sum ? g.Add(g.Mul(sum, g.scalar(beta)), next) : next
  const gradientSum = discounted(slots.gradientSum, beta1, gradient)
  const squareSum = discounted(slots.squareSum, beta2, g.Mul(gradient, gradient))
  const largestSquareSum = slots.largestSquareSum ? g.Max(slots.largestSquareSum, squareSum) : squareSum
  const spread = Math.sqrt(1 - beta2)
  const scaledRate = g.Mul(learningRate, g.Sqrt(correction(g, beta2, step)))
  const alpha = g.Mul(g.Div(scaledRate, correction(g, beta1, step)), g.scalar((1 - beta1) / spread))
  const root = g.Add(g.Sqrt(amsgrad ? largestSquareSum : squareSum), g.scalar(epsilon / spread))
  return {
    weight: g.Sub(weight, g.Div(g.Mul(gradientSum, alpha), root)),
    slots: amsgrad ? { gradientSum, squareSum, largestSquareSum } : { gradientSum, squareSum },
    // η √(1 - β₂ᵗ) / (√v + ε)
    stepSize: () => g.Div(g.Mul(scaledRate, g.scalar(1 / spread)), root),
  }
}

export const adam = defineOptimizer({
  kind: 'adam',
  title: 'Adam',
  doc: 'Steps scaled for each weight by running means of its gradient and of its square.',
  reference:
    'Kingma & Ba 2015, https://arxiv.org/abs/1412.6980; AMSGrad: Reddi et al. 2018, https://arxiv.org/abs/1904.09237; Keras keras/src/optimizers/adam.py',
  formula: 'm ← β₁ m + (1 − β₁) g\nv ← β₂ v + (1 − β₂) g²\nw ← w − η · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)',
  conventions: {
    keras: 'Adam with the same ε of 10⁻⁷',
    pytorch:
      'torch.optim.Adam, whose ε of 10⁻⁸ stands beside √(v / (1 − β₂ᵗ)): it is ours divided by √(1 − β₂ᵗ); its weight_decay is L2 in the gradient',
    matlab:
      'trainingOptions("adam", GradientDecayFactor=β₁, SquaredGradientDecayFactor=β₂), whose ε is 10⁻⁸; L2Regularization is 0.0001 unless set to 0',
  },
  params: adamParams,
  keras: kerasOptimizer('Adam', adamArguments),
  slots: adamSlots,
  update: adamUpdate,
})
