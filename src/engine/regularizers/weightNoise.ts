import { defineRegularizer } from '../define.ts'
import { choice, number } from '../params.ts'

export const weightNoise = defineRegularizer({
  kind: 'weightNoise',
  title: 'Weight noise',
  doc: 'While training, each step uses weights with a little noise on them, so that only what does not hang on exact weights is learned.',
  reference: 'An 1996, https://doi.org/10.1162/neco.1996.8.3.643; Graves 2011, https://papers.nips.cc/paper/4329',
  formula:
    'in training the layer uses w + n (additive) or w · (1 + n) (multiplicative), n ~ N(0, stddev²) drawn for each weight and step\npredictions use w',
  conventions: {
    keras: 'Nothing built in: a layer of your own that adds keras.random.normal to its kernel',
    pytorch: 'Nothing built in: add stddev * torch.randn_like(w) to the weight in a forward of your own',
    matlab: 'Nothing built in: a custom layer',
  },
  places: ['weight'],
  params: {
    stddev: number({
      title: 'Deviation',
      doc: 'Standard deviation of the noise.',
      default: 0.05,
      min: 0,
      sensible: [0.01, 0.2],
      scale: 'log',
      live: true,
    }),
    mode: choice({
      title: 'Kind',
      doc: 'Noise of one size on every weight, or in proportion to each weight.',
      default: 'additive',
      options: ['additive', 'multiplicative'],
    }),
  },
  // w + n or w (1 + n), n of variance stddev²
  transform: ({ g, params, scalar, weight, training, random }) => {
    if (!training) return { weight }
    const noise = g.Mul(random.normal(weight), scalar('stddev'))
    return { weight: g.Add(weight, params.mode === 'additive' ? noise : g.Mul(weight, noise)) }
  },
})
