import { defineRegularizer } from '../define.ts'
import { integer } from '../params.ts'

export const gradualUnfreezing = defineRegularizer({
  kind: 'gradualUnfreezing',
  title: 'Gradual unfreezing',
  doc: 'Lets the last layers learn first and one layer more after every so many epochs, for networks that start from trained weights; moving statistics follow the data all along.',
  reference: 'Howard & Ruder 2018, https://arxiv.org/abs/1801.06146',
  formula:
    'the layer at depth d, 0 for the last that learns, stays as it is for max(0, d − first + 1) · every epochs\nmeanwhile its gradients are 0, and its optimizer counts from its own first step',
  conventions: {
    keras:
      'layer.trainable = True layer by layer, with model.compile after each, which forgets the optimizer’s state of all of them',
    pytorch:
      'parameter.requires_grad_(True) layer by layer; batch normalization goes on following the data meanwhile, as here',
    matlab: 'Learn-rate factors set to 0 and back with setLearnRateFactor between calls of trainnet',
  },
  places: ['training'],
  params: {
    every: integer({
      title: 'Every',
      doc: 'After how many epochs one layer more learns.',
      default: 1,
      min: 1,
      sensible: [1, 10],
      unit: 'epochs',
    }),
    first: integer({
      title: 'At first',
      doc: 'How many of the last layers learn from the start.',
      default: 1,
      min: 1,
      sensible: [1, 3],
      unit: 'layers',
    }),
  },
  // steps = max(0, d - first + 1) · every · steps of an epoch
  holds: ({ g, params: { every, first }, depth, time }) => {
    const epochs = Math.max(0, depth - first + 1) * every
    return epochs === 0 ? g.scalar(0) : g.Mul(time.stepsPerEpoch, g.scalar(epochs))
  },
})
