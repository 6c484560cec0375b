import { defineRegularizer } from '../define.ts'
import { number } from '../params.ts'

export const dropConnect = defineRegularizer({
  kind: 'dropConnect',
  title: 'DropConnect',
  doc: 'While training, a random fraction of the weights is left out of each step, and the others count for more.',
  reference: 'Wan et al. 2013, https://proceedings.mlr.press/v28/wan13.html',
  formula:
    'in training the layer uses w · m / (1 − rate), m drawn for each weight and step: 0 with probability rate, else 1\npredictions use w',
  conventions: {
    keras: 'Nothing built in: a layer of your own that applies keras.ops.dropout to its kernel',
    pytorch: 'Nothing built in: torch.nn.functional.dropout of the weight in a forward of your own',
    matlab: 'Nothing built in: a custom layer',
  },
  places: ['weight'],
  params: {
    rate: number({
      title: 'Rate',
      doc: 'Fraction of the weights that is left out.',
      default: 0.5,
      min: 0,
      max: 0.999,
      sensible: [0.1, 0.5],
      live: true,
    }),
  },
  // w m / (1 - rate)
  transform: ({ g, scalar, weight, training, random }) => {
    if (!training) return { weight }
    const rate = scalar('rate')
    return { weight: g.Mul(weight, g.Div(random.mask(weight, rate), g.Sub(g.scalar(1), rate))) }
  },
})
