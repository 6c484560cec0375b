import { defineLayer } from '../../define.ts'
import type { Value } from '../../graph/graph.ts'
import { integer } from '../../params.ts'
import { colourForm, rangeOf, valueRange, wrongRange } from './colour.ts'
import { between, lowerEnd, nothing, upperEnd } from './ends.ts'
import { samplingParams } from './geometry.ts'
import { imagesOf, planesOf } from './images.ts'
import { changed } from './policy.ts'

const bounds = { min: 0, max: 1 }

export const randAugment = defineLayer({
  kind: 'randAugment',
  title: 'RandAugment',
  doc: 'While training, changes each image by a few operations in a row, each one of eleven by chance and of a random strength; the value range is by default that of each batch.',
  reference: 'Cubuk et al. 2019, https://arxiv.org/abs/1909.13719',
  formula:
    'shear ± 0.3 m, translation ± 0.3 m of the image, rotation ± 30° m\nbrightness, colour, contrast and sharpness times 1 ± 0.9 m\nposterization to 8 − 4 m bits, solarization from 1 − m on, autocontrast, equalization\nm from lower to factor',
  conventions: {
    keras: 'RandAugment(value_range, num_ops, factor), where a whole batch has one operation and m counts for more',
    pytorch: 'torchvision.transforms.v2.RandAugment(num_ops, 31 · factor)',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    numOps: integer({ title: 'Operations', doc: 'How many operations each image has.', default: 2, min: 1, max: 8 }),
    factor: upperEnd('Factor', 'The greatest strength of an operation.', 0.5, [0.1, 0.9], bounds),
    lower: lowerEnd('Lower', 'The smallest strength.', '0', bounds),
    interpolation: samplingParams.interpolation,
    valueRange,
  },
  keras: colourForm('RandAugment', nothing),
  conflict: wrongRange,
  build: (context) => {
    const { g, params, training, scalar } = context
    const images = imagesOf(context)
    if (!training) return images.x
    const strongest = scalar('factor')
    const policy = {
      enhances: true,
      idle: false,
      strength: (unit: Value) => between(g, strongest, params.lower, nothing, unit),
      range: rangeOf(context, planesOf(g, images).planes),
      sampling: { fillMode: 'reflect', fillValue: 0, interpolation: params.interpolation },
    } as const
    let { x } = images
    for (let operation = 0; operation < params.numOps; operation++) x = changed(context, { ...images, x }, policy)
    return x
  },
})
