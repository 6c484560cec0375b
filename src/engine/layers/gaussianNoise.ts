import { defineLayer } from '../define.ts'
import { number } from '../params.ts'

export const gaussianNoise = defineLayer({
  kind: 'gaussianNoise',
  title: 'Gaussian noise',
  doc: 'While training, adds a random number with mean 0 to each of its inputs; else passes them on.',
  reference: 'Bishop 1995, https://doi.org/10.1162/neco.1995.7.1.108',
  formula: 'y = x + deviation · n\nn has mean 0 and variance 1',
  conventions: { keras: 'GaussianNoise(stddev=deviation)' },
  group: 'Regularization',
  arity: { min: 1, max: 1 },
  samples: true,
  params: {
    deviation: number({
      title: 'Deviation',
      doc: 'Standard deviation of the noise, in the units of its inputs.',
      default: 0.1,
      min: 0,
      max: 1,
      sensible: [0.01, 0.5],
      live: true,
    }),
  },
  keras: { class: 'GaussianNoise', arguments: { deviation: 'stddev' }, ignored: ['seed'] },
  build: ({ g, inputs, training, normal, scalar, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    return training ? g.Add(x, g.Mul(normal(x), scalar('deviation'))) : x
  },
})
