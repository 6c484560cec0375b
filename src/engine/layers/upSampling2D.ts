import { defineLayer } from '../define.ts'
import { choice, shape } from '../params.ts'
import { channelsFirst, channelsLast, placesOf } from './places.ts'

export const upSampling2D = defineLayer({
  kind: 'upSampling2D',
  title: 'UpSampling2D',
  doc: 'Enlarges an image by whole factors: each place is repeated, or the new ones lie between the old.',
  reference: 'https://keras.io/api/layers/reshaping_layers/up_sampling2d/',
  group: 'Shape',
  arity: { min: 1, max: 1 },
  params: {
    size: shape({ title: 'Size', doc: 'The factors for rows and columns.', default: [2, 2], length: 2 }),
    interpolation: choice({
      title: 'Interpolation',
      doc: 'Whether places are repeated (nearest), or mixed by their distance (bilinear).',
      default: 'nearest',
      options: ['nearest', 'bilinear'],
    }),
  },
  keras: { class: 'UpSampling2D', only: { data_format: 'channels_last' } },
  build: (context) => {
    const { g, params } = context
    const { x } = placesOf(context, 2)
    const mode = params.interpolation === 'bilinear' ? 'linear' : 'nearest'
    return channelsLast(g, g.Resize(channelsFirst(g, x), [1, 1, ...params.size], mode))
  },
})
