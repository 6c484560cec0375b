import { defineRegularizer } from '../define.ts'
import { batchRows, blendAll, partnersOf, refuseIndices, shareParam, sharesOf } from './mixing.ts'

export const mixUp = defineRegularizer({
  kind: 'mixUp',
  title: 'MixUp',
  doc: 'Trains on mixtures of two rows and of their targets, so that the network behaves evenly between what it has seen.',
  reference:
    'Zhang et al. 2018, https://arxiv.org/abs/1710.09412; https://keras.io/api/layers/preprocessing_layers/image_augmentation/mix_up/',
  formula: 'λ ~ Beta(α, α) for each row\nx̃ = λ xᵢ + (1 − λ) xⱼ\nỹ = λ yᵢ + (1 − λ) yⱼ',
  conventions: {
    keras: 'keras.layers.MixUp(alpha=α) in the data pipeline, on images and one-hot labels',
    pytorch: 'torchvision.transforms.v2.MixUp(alpha=α), which draws one λ for the whole batch',
    matlab: 'no function; mix mini-batches in a custom training loop',
  },
  places: ['training'],
  params: { alpha: shareParam(0.2) },
  mix: ({ g, params, batch, indices, random, fail }) => {
    refuseIndices(indices, fail)
    const rows = batchRows(batch.inputs)
    const partners = partnersOf(g, random, rows)
    const share = sharesOf(g, random, params.alpha, rows)
    return {
      inputs: blendAll(g, batch.inputs, partners, share),
      targets: blendAll(g, batch.targets, partners, share),
    }
  },
})
