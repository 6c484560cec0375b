import { defineRegularizer } from '../define.ts'
import { tensorOf } from '../graph/tensor.ts'
import { choice, numbers } from '../params.ts'

export const classWeights = defineRegularizer({
  kind: 'classWeights',
  title: 'Class weights',
  doc: 'Weighs each row of training by its class, so that rare classes are not drowned; validation stays as it is.',
  reference:
    'https://keras.io/api/models/model_training_apis/#fit-method; https://scikit-learn.org/stable/modules/generated/sklearn.utils.class_weight.compute_class_weight.html',
  formula:
    'loss of a row of class k: ← c_k · loss\nbalanced: c_k = n / (K · n_k), n_k of the n rows of training being of class k of K',
  conventions: {
    keras: 'model.fit(class_weight={k: c_k}); the sum over a batch is divided by its rows, as here',
    pytorch:
      'CrossEntropyLoss(weight=c) divides by the sum of the weights of a batch, not by its rows: its loss is smaller where frequent classes weigh less',
    matlab: 'crossentropy(Y, T, c, WeightsFormat="C"), which divides by the rows of a batch, as here',
  },
  places: ['training'],
  params: {
    mode: choice({
      title: 'Weights',
      doc: 'Balanced lets all classes weigh the same in sum; given takes the numbers below.',
      options: ['balanced', 'given'],
      default: 'balanced',
    }),
    weights: numbers({
      title: 'Given weights',
      doc: 'One for each class in their order; classes beyond the last count once.',
      default: [],
      min: 0,
    }),
  },
  // balanced: n / (K n_k) for class k of K with n_k of the n rows of training
  rowWeights: ({ g, params, target, form, counts, fail }) => {
    const classes = form === 'binary' ? 2 : Number(target.shape.at(-1))
    const { mode, weights } = params
    if (mode === 'balanced' && counts?.length !== classes)
      return fail('it is not known how many rows each class has; give the weights', 'mode')
    if (mode === 'given' && weights.length > classes)
      return fail(
        `there are ${weights.length} weights for ${classes} classes; remove some`,
        'weights',
        weights.slice(0, classes),
      )
    const known = mode === 'balanced' ? balanced(counts ?? []) : weights
    const table = Array.from({ length: classes }, (_, each) => known[each] ?? 1)
    // Of a mixed target each class weighs by its share.
    const shares = form === 'binary' ? g.Concat([g.Sub(g.scalar(1), target), target], -1) : target
    return g.ReduceSum(g.Mul(shares, g.initializer('weights', tensorOf('float32', [classes], table))), [-1])
  },
})

/** A class without rows weighs nothing either way. */
function balanced(counts: readonly number[]): readonly number[] {
  const rows = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => (count === 0 ? 1 : rows / (counts.length * count)))
}
