import { defineLayer } from '../define.ts'
import { formatShape } from '../graph/graph.ts'
import { constraints, regularizers, setting, shape } from '../params.ts'

export const prelu = defineLayer({
  kind: 'prelu',
  title: 'PReLU',
  doc: 'Passes numbers above 0 on, and the others times slopes that are trained.',
  reference: 'He et al. 2015, https://arxiv.org/abs/1502.01852',
  formula: 'y = x where x > 0, else alpha · x, alpha trained',
  group: 'Activation',
  arity: { min: 1, max: 1 },
  params: {
    sharedAxes: shape({
      title: 'Shared axes',
      doc: 'Axes along which all numbers have the same slope, counted from 1: for images 1, 2.',
      default: [],
    }),
    alphaInitializer: setting('initializer', 'zeros', 'Slope initializer', 'How the slopes start.'),
    alphaRegularizers: regularizers('weight', 'Slope regularization', 'What keeps the slopes simple.'),
    alphaConstraints: constraints('Slope constraints', 'What the slopes have to be after each step.'),
  },
  keras: { class: 'PReLU' },
  // max(x, 0) - alpha · max(-x, 0)
  build: ({ g, params, inputs, weight, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    const sizes = x.shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : fail('needs an input of known sizes')))
    const unknown = params.sharedAxes.find((axis) => axis > sizes.length)
    if (unknown !== undefined)
      return fail(`has no axis ${unknown} in ${formatShape(x.shape)}: choose from 1 to ${sizes.length}`, 'sharedAxes', {
        set: { sharedAxes: params.sharedAxes.filter((axis) => axis <= sizes.length) },
      })
    const alpha = weight('alpha', {
      shape: sizes.map((size, index) => (params.sharedAxes.includes(index + 1) ? 1 : size)),
      initializer: params.alphaInitializer,
      regularizers: params.alphaRegularizers,
      constraints: params.alphaConstraints,
    })
    return g.Sub(g.Relu(x), g.Mul(alpha, g.Relu(g.Neg(x))))
  },
})
