import { defineLayer } from '../../define.ts'
import { channelsLast } from '../places.ts'
import { grey } from './colour.ts'
import { chance, probability } from './ends.ts'
import { colouredImagesOf, perImage, planesOf } from './images.ts'

export const randomGrayscale = defineLayer({
  kind: 'randomGrayscale',
  title: 'RandomGrayscale',
  doc: 'While training, takes the colours from some images, which keep their three channels.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_grayscale/',
  formula: 'y = 0.2989 red + 0.587 green + 0.114 blue in every channel with probability factor, else x',
  conventions: {
    keras: 'RandomGrayscale(factor)',
    pytorch: 'torchvision.transforms.v2.RandomGrayscale(factor)',
    matlab: 'im2gray',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: { factor: probability(0.5) },
  keras: { class: 'RandomGrayscale', only: { data_format: 'channels_last' }, ignored: ['seed'] },
  build: (context) => {
    const { g, training, scalar } = context
    const images = colouredImagesOf(context)
    if (!training) return images.x
    const { planes } = planesOf(g, images)
    return channelsLast(g, g.Where(chance(context, perImage(images), scalar('factor')), grey(g, planes), planes))
  },
})
