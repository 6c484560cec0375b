import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'
import { meanSquare, numbersOf } from './sensitivity.ts'

export const inputGradient = defineRegularizer({
  kind: 'inputGradient',
  title: 'Input gradient penalty',
  doc: 'Costs how much the loss changes with the inputs, which makes small disturbances of them matter less.',
  reference:
    'Drucker & LeCun 1992, https://doi.org/10.1109/72.165600; Ross & Doshi-Velez 2018, https://arxiv.org/abs/1711.09404',
  formula: 'L = data loss + λ/2 ‖∂ℓ/∂x‖², ℓ the data loss of a row, the mean over rows',
  conventions: {
    keras: 'no class; nested GradientTapes in a train_step of one’s own',
    pytorch: 'torch.autograd.grad(loss.sum(), x, create_graph=True), squared',
    matlab: 'dlgradient(..., EnableHigherDerivatives=true) in a custom training loop',
  },
  places: ['training'],
  params: { strength: { ...strength('Twice what a squared gradient of length 1 costs.', 0.01), sensible: [1e-3, 10] } },
  objective: ({ g, scalar, outputs, entered, gradients, fail }) => {
    const [first = []] = outputs
    const loss = first.map(({ rows }) => g.ReduceSum(rows, null)).reduce((sum, each) => g.Add(sum, each))
    return g.Mul(scalar('strength'), g.Mul(meanSquare(g, gradients(loss, numbersOf(entered, fail))), g.scalar(0.5)))
  },
})
