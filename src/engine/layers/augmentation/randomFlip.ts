import { defineLayer } from '../../define.ts'
import { choice } from '../../params.ts'
import { mirrored } from './geometry.ts'
import { imagesOf } from './images.ts'

export const randomFlip = defineLayer({
  kind: 'randomFlip',
  title: 'RandomFlip',
  doc: 'While training, mirrors half of the images left to right, half of them upside down, or both, each by a draw of its own.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_flip/',
  formula: 'y[r, c] = x[r, C − 1 − c] with probability ½, x[r, c] else\nand the same for rows',
  conventions: {
    keras: 'RandomFlip(mode); Keras 3 draws once for both directions, so that it turns images by 180° or leaves them',
    pytorch: 'torchvision.transforms.v2.RandomHorizontalFlip(0.5), RandomVerticalFlip(0.5)',
    matlab: 'imageDataAugmenter RandXReflection, RandYReflection',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    mode: choice({
      title: 'Mode',
      doc: 'Whether images are mirrored left to right, upside down, or both.',
      default: 'horizontal_and_vertical',
      options: ['horizontal_and_vertical', 'horizontal', 'vertical'],
    }),
  },
  keras: { class: 'RandomFlip', only: { data_format: 'channels_last' }, ignored: ['seed'] },
  build: (context) => {
    const { g, params, training, mask } = context
    const images = imagesOf(context)
    if (!training) return images.x
    const half = () => mask([images.batch, 1], g.scalar(0.5))
    const across = params.mode === 'vertical' ? null : half()
    return mirrored(g, images, across, params.mode === 'horizontal' ? null : half())
  },
})
