import { defineRegularizer } from '../define.ts'
import { strength } from '../params.ts'
import { apart, matrixOf, overlaps } from './gram.ts'

export const orthogonal = defineRegularizer({
  kind: 'orthogonal',
  title: 'Orthogonality',
  doc: 'Costs what rows (or columns) of a weight have in common in direction, which keeps them apart.',
  reference:
    'Brock et al. 2017, https://arxiv.org/abs/1609.07093; Keras OrthogonalRegularizer, keras/src/regularizers/regularizers.py',
  formula: 'uᵢ = wᵢ / ‖wᵢ‖ for each row (or column) wᵢ of n\nloss + factor · ½ Σ_{i≠j} |uᵢ · uⱼ| / (n (n − 1) / 2)',
  conventions: {
    keras: 'OrthogonalRegularizer(factor, mode), for matrices only; here a kernel of a convolution is a matrix too',
    pytorch:
      'Nothing built in; torch.nn.utils.parametrizations.orthogonal makes a weight exactly orthogonal instead of costing what it lacks',
  },
  places: ['weight'],
  params: {
    factor: strength('How much the mean |cosine| between two of them costs.'),
    mode: apart('rows'),
  },
  keras: { class: 'OrthogonalRegularizer' },
  // u = w / max(‖w‖, 10⁻⁷) row by row;  factor ½ Σ |uᵢ · uⱼ| over i ≠ j, divided by the n (n - 1) / 2 pairs.
  // A kernel of more than two axes is a matrix whose columns are what enters a unit; a vector is one row.
  penalty: ({ g, params, scalar, value }) => {
    const rows = params.mode === 'rows'
    const matrix = matrixOf(g, value)
    const count = Number(matrix.shape[rows ? 0 : 1])
    const pairs = (count * (count - 1)) / 2
    if (pairs === 0) return g.scalar(0)
    const squares = g.ReduceSumSquare(matrix, [rows ? 1 : 0], true)
    // The root of the larger, not the larger of the roots: the root of 0 has no gradient.
    const unit = g.Div(matrix, g.Sqrt(g.Max(squares, g.scalar(1e-14))))
    const cosines = overlaps(g, unit, params.mode)
    return g.Mul(scalar('factor'), g.Div(g.ReduceL1(cosines, null), g.scalar(2 * pairs)))
  },
})
