import { defineRegularizer } from '../define.ts'
import { integer, strength } from '../params.ts'
import { meanSquare, numbersOf } from './sensitivity.ts'

export const jacobian = defineRegularizer({
  kind: 'jacobian',
  title: 'Jacobian penalty',
  doc: 'Costs how much the outputs before their last activation change with the inputs, measured along random directions.',
  reference: 'Hoffman et al. 2019, https://arxiv.org/abs/1908.02729',
  formula:
    'L = data loss + λ/2 ‖∂z/∂x‖², z the logits, the mean over rows\n‖∂z/∂x‖² ≈ C/n Σ ‖∂(v·z)/∂x‖², C outputs, v one of n random directions of length 1 for each row',
  conventions: {
    keras: 'no class; nested GradientTapes in a train_step of one’s own',
    pytorch: 'the authors’ package jacobian-regularizer, JacobianReg(n) with λ / 2',
    matlab: 'dlgradient(..., EnableHigherDerivatives=true) in a custom training loop',
  },
  places: ['training'],
  params: {
    strength: { ...strength('Twice what a Jacobian of length 1 costs.', 0.01), sensible: [1e-3, 1] },
    projections: integer({
      title: 'Projections',
      doc: 'Random directions for each row and step; more are more exact and slower.',
      default: 1,
      min: 1,
      max: 16,
    }),
  },
  objective: ({ g, params, scalar, outputs, entered, random, gradients, fail }) => {
    const [first = []] = outputs
    const squares = first.flatMap(({ logits, probabilities }) => {
      const z = logits ?? probabilities
      const flat = g.Reshape(z, [Number(z.shape[0]), -1])
      const width = g.count(flat, [1])
      return Array.from({ length: params.projections }, () => {
        const direction = random.normal(flat)
        const length = g.Sqrt(g.ReduceSumSquare(direction, [1], true))
        // ∂(v·z)/∂x of all rows at once: no row depends on another's input but through a normalization.
        const along = g.ReduceSum(g.Mul(flat, g.Div(direction, length)), null)
        return g.Mul(
          meanSquare(g, gradients(along, numbersOf(entered, fail))),
          g.Div(width, g.scalar(params.projections)),
        )
      })
    })
    const sum = squares.reduce((total, each) => g.Add(total, each))
    return g.Mul(scalar('strength'), g.Mul(sum, g.scalar(0.5)))
  },
})
