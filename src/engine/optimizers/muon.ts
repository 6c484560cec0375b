import { decayed, decays, exclusion } from '../decay.ts'
import { defineOptimizer, type Slots } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { flag, integer, number, optional, strength, text } from '../params.ts'
import { adamSlots, adamUpdate, momentParams } from './adam.ts'
import { kerasOptimizer, learningRateParams } from './learningRate.ts'
import { stateOf } from './state.ts'

const coefficient = (title: string, power: string, preset: number) =>
  number({
    title,
    doc: `What the ${power} power of the singular values is multiplied by in each iteration.`,
    default: preset,
  })

const decay = (title: string, doc: string) => ({ ...strength(doc, 0.004, [1e-3, 1]), title })

export const muon = defineOptimizer({
  kind: 'muon',
  title: 'Muon',
  doc: 'Steps of matrices are made orthogonal, so that all directions are learned at one pace; everything else moves by Adam.',
  reference: 'Jordan et al. 2024, https://kellerjordan.github.io/posts/muon; Keras keras/src/optimizers/muon.py',
  formula:
    'm ← μ m + g;  u = m, or with Nesterov g + μ m\nmatrices: w ← w − η λ w, then w ← w − η · orthogonal(u) · rmsRate · √max(rows, columns)\northogonal(u): x = u / ‖u‖, then nsSteps times A = x xᵀ, x ← a x + (b A + c A²) x\nall else: Adam with η · adamLrRatio',
  conventions: {
    keras: 'Muon, whose rms_rate of 0.2 makes steps as large as those of Adam',
    pytorch:
      'torch.optim.Muon(adjust_lr_fn="match_rms_adamw"), for matrices only, with a weight_decay of 0.1 unless set; its own preset scales steps by √max(1, outputs / inputs)',
  },
  params: {
    ...learningRateParams(0.001),
    momentum: number({
      title: 'Momentum',
      doc: 'Share of the earlier gradients that is kept.',
      default: 0.95,
      min: 0,
      max: 1,
      exclusiveMax: true,
    }),
    nesterov: flag({ title: 'Nesterov', doc: 'Look ahead along the momentum.', default: true }),
    nsSteps: integer({
      title: 'Iterations',
      doc: 'How many Newton–Schulz iterations make a step orthogonal.',
      default: 5,
      min: 0,
    }),
    muonA: coefficient('Coefficient a', 'first', 3.4445),
    muonB: coefficient('Coefficient b', 'third', -4.775),
    muonC: coefficient('Coefficient c', 'fifth', 2.0315),
    rmsRate: optional({
      title: 'Step size of an element',
      doc: 'Root mean square of a step at a learning rate of 1, which makes the rates of Adam fit.',
      default: 0.2,
      min: 0,
      none: 'steps of spectral norm 1',
    }),
    weightDecay: decay('Weight decay', 'Fraction of a matrix lost per step and unit of learning rate.'),
    excludeLayers: text({
      title: 'Left to Adam',
      doc: 'Parts of the names of matrices that move by Adam, such as the last layer, with commas between them.',
      default: '',
    }),
    excludeEmbeddings: flag({ title: 'Embeddings by Adam', doc: 'Leave embeddings to Adam.', default: true }),
    adamBeta1: { ...momentParams.beta1, title: 'Adam’s beta 1' },
    adamBeta2: { ...momentParams.beta2, title: 'Adam’s beta 2' },
    epsilon: { ...momentParams.epsilon, title: 'Adam’s epsilon' },
    adamWeightDecay: decay('Adam’s weight decay', 'The same for everything that moves by Adam.'),
    adamLrRatio: number({
      title: 'Adam’s rate',
      doc: 'Adam’s learning rate as a multiple of the learning rate.',
      default: 1,
      min: 0,
    }),
    excluded: exclusion,
  },
  keras: kerasOptimizer('Muon', { adamBeta1: 'adam_beta_1', adamBeta2: 'adam_beta_2' }, ['excluded']),
  slots: (params, shape, name): Slots =>
    isMatrix(params, shape, name) ? { momentum: 0 } : adamSlots({ amsgrad: false }),
  // m ← μ m + g;  u = m, or with Nesterov g + μ m;  w ← w - η r √max(rows, columns) · orthogonal(u)
  update: (context) => {
    const { g, params, scalar, name, gradient, slots, learningRate } = context
    const matrix = isMatrix(params, context.weight.shape.map(Number), name)
    const weight = decays(context, params.excluded)
      ? decayed(g, context.weight, learningRate, scalar(matrix ? 'weightDecay' : 'adamWeightDecay'))
      : context.weight
    if (!matrix)
      return adamUpdate({
        ...context,
        weight,
        learningRate: g.Mul(learningRate, g.scalar(params.adamLrRatio)),
        params: { beta1: params.adamBeta1, beta2: params.adamBeta2, epsilon: params.epsilon, amsgrad: false },
      })
    const kept = g.scalar(params.momentum)
    const momentum = g.Add(g.Mul(stateOf(slots, 'momentum'), kept), gradient)
    const ahead = params.nesterov ? g.Add(gradient, g.Mul(momentum, kept)) : momentum
    const { muonA, muonB, muonC, nsSteps, rmsRate } = params
    const move = orthogonal(g, ahead, [muonA, muonB, muonC], nsSteps)
    const size = rmsRate === null ? 1 : Math.sqrt(Math.max(...weight.shape.map(Number))) * rmsRate
    return {
      weight: g.Sub(weight, g.Mul(move, g.Mul(learningRate, g.scalar(size)))),
      slots: { momentum },
      stepSize: () => null,
    }
  },
})

function isMatrix(
  { excludeEmbeddings, excludeLayers }: { readonly excludeEmbeddings: boolean; readonly excludeLayers: string },
  shape: readonly number[],
  name: string,
): boolean {
  const excluded = excludeLayers.split(',').map((part) => part.trim())
  return (
    shape.length === 2 &&
    !(excludeEmbeddings && name.toLowerCase().includes('embedding')) &&
    !excluded.some((part) => part !== '' && name.includes(part))
  )
}

/**
 * About the nearest orthogonal matrix, by Newton–Schulz iterations that pull all singular values towards 1:
 * x ← x / ‖x‖;  then n times A = x xᵀ, x ← a x + (b A + c A²) x. A tall matrix takes xᵀ x and multiplies from the right.
 */
function orthogonal(g: Builder, matrix: Value, [a, b, c]: readonly [number, number, number], steps: number): Value {
  const [rows = 1, columns = 1] = matrix.shape.map(Number)
  const tall = rows > columns
  let x = g.Div(matrix, g.Add(g.Sqrt(g.ReduceSumSquare(matrix, null)), g.scalar(1e-7)))
  for (let step = 0; step < steps; step++) {
    const square = g.Gemm(x, x, null, tall ? { transA: true } : { transB: true })
    const polynomial = g.Gemm(square, square, square, { alpha: c, beta: b })
    x = tall ? g.Gemm(x, polynomial, x, { beta: a }) : g.Gemm(polynomial, x, x, { beta: a })
  }
  return x
}
