import { defineLayer } from '../../define.ts'
import { integer } from '../../params.ts'
import { tensorOf } from '../../graph/tensor.ts'
import { imagesOf } from './images.ts'

export const randomCrop = defineLayer({
  kind: 'randomCrop',
  title: 'RandomCrop',
  doc: 'While training, keeps a window of each image at a random place; else the one in the middle.',
  reference: 'https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_crop/',
  formula:
    'y[r, c] = x[r + a, c + b]\na from 0 to R − height and b from 0 to C − width, each as likely; in the middle when not training',
  conventions: {
    keras: 'RandomCrop(height, width), one place for the whole batch, and no crop when not training',
    pytorch: 'torchvision.transforms.v2.RandomCrop((height, width)); CenterCrop for predictions',
    matlab: 'randomWindow2d, imcrop',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    height: integer({ title: 'Height', doc: 'The rows of the window.', default: 24, min: 1, max: 8192 }),
    width: integer({ title: 'Width', doc: 'The columns of the window.', default: 24, min: 1, max: 8192 }),
  },
  keras: { class: 'RandomCrop', only: { data_format: 'channels_last' }, ignored: ['seed'] },
  build: (context) => {
    const { g, params, training, uniform, from, fail } = context
    const { x, batch, rows, columns, channels } = imagesOf(context)
    const { height, width } = params
    const [source = 'its input'] = from
    if (height > rows) fail(`keeps ${height} rows, but ${source} has ${rows}; lower its height`, 'height')
    if (width > columns) fail(`keeps ${width} columns, but ${source} has ${columns}; lower its width`, 'width')
    if (!training) {
      const [top, left] = [Math.floor((rows - height) / 2), Math.floor((columns - width) / 2)]
      return g.Slice(x, [top, left], [top + height, left + width], [1, 2])
    }
    const first = (most: number, step: number) =>
      g.Mul(g.Floor(g.Mul(uniform([batch, 1]), g.scalar(most + 1))), g.scalar(step))
    const start = g.Add(first(rows - height, columns * channels), first(columns - width, channels))
    const row = width * channels
    const window = Array.from(
      { length: height * row },
      (_, at) => Math.floor(at / row) * columns * channels + (at % row),
    )
    const places = g.initializer('window', tensorOf('int64', [1, window.length], window))
    const pixels = g.GatherElements(g.Reshape(x, [0, -1]), g.Add(g.Cast(start, 'int64'), places), 1)
    return g.Reshape(pixels, [-1, height, width, channels])
  },
})
