import { defineLayer } from '../define.ts'
import { integer } from '../params.ts'
import { channelsFirst, channelsLast, placesOf } from './places.ts'

export const upSampling1D = defineLayer({
  kind: 'upSampling1D',
  title: 'UpSampling1D',
  doc: 'Repeats each step of a sequence.',
  reference: 'https://keras.io/api/layers/reshaping_layers/up_sampling1d/',
  group: 'Shape',
  arity: { min: 1, max: 1 },
  params: {
    size: integer({ title: 'Size', doc: 'How many times each step is repeated.', default: 2, min: 1, max: 1000 }),
  },
  keras: { class: 'UpSampling1D' },
  build: (context) => {
    const { g, params } = context
    const { x } = placesOf(context, 1)
    return channelsLast(g, g.Resize(channelsFirst(g, x), [1, 1, params.size]))
  },
})
