import { defineRegularizer, type Randomness } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { alongRows, batchRows, blendAll, partnersOf, refuseIndices, shareParam, sharesOf } from './mixing.ts'

export const cutMix = defineRegularizer({
  kind: 'cutMix',
  title: 'CutMix',
  doc: 'Pastes a random box of another image (or a stretch of another series) into each, and mixes the targets by the area.',
  reference:
    'Yun et al. 2019, https://arxiv.org/abs/1905.04899; https://keras.io/api/layers/preprocessing_layers/image_augmentation/cut_mix/',
  formula:
    'λ ~ Beta(α, α), a box of √(1 − λ) of each side around a random place, cut off at the edge\nx̃ = xⱼ inside the box, xᵢ outside\nλ̂ = 1 − area of the box / area of the image\nỹ = λ̂ yᵢ + (1 − λ̂) yⱼ',
  conventions: {
    keras: 'keras.layers.CutMix(factor) in the data pipeline; it draws α itself from 0 to factor',
    pytorch: 'torchvision.transforms.v2.CutMix(alpha=α), which draws one box for the whole batch',
    matlab: 'no function; mix mini-batches in a custom training loop',
  },
  places: ['training'],
  params: { alpha: shareParam(1) },
  mix: ({ g, params, batch, indices, random, fail }) => {
    refuseIndices(indices, fail)
    const rows = batchRows(batch.inputs)
    const sizes = [...batch.inputs.values()].map(({ shape }) => shape.slice(1, -1).map(Number))
    const [size] = sizes
    if (!size || size.length === 0 || sizes.some((other) => other.join() !== size.join()))
      return fail(
        'cuts boxes out of images or series, and what enters the network is neither; use MixUp, or give the Input a shape',
      )
    const partners = partnersOf(g, random, rows)
    const cut = g.Sub(g.scalar(1), sharesOf(g, random, params.alpha, rows))
    // Of each axis the same part, so that the box has the area 1 - λ.
    const side = size.length === 1 ? cut : g.Sqrt(cut)
    const inside = size
      .map((length, axis) => within(g, random, side, length, axis, size.length))
      .reduce((one, other) => g.And(one, other))
    const area = g.ReduceMean(g.Cast(g.Reshape(inside, [rows, -1]), 'float32'), [1])
    return {
      inputs: new Map(
        [...batch.inputs].map(([name, value]) => [
          name,
          g.Where(g.Unsqueeze(inside, [size.length + 1]), g.Gather(value, partners), value),
        ]),
      ),
      targets: blendAll(g, batch.targets, partners, g.Sub(g.scalar(1), area)),
    }
  },
})

/** Whether each place along an axis lies in the box of its row, bool [rows, ...]; `side` is the part of the axis it takes, [rows]. */
function within(g: Builder, random: Randomness, side: Value, length: number, axis: number, rank: number): Value {
  const shape = Array.from({ length: rank }, (_, each) => (each === axis ? length : 1))
  const places = g.Reshape(g.Cast(g.ints(Array.from({ length }, (_, place) => place)), 'float32'), [1, ...shape])
  const like = { ...places, shape: [side.shape[0] ?? 1, ...shape] }
  const center = g.Floor(g.Mul(random.uniform(side), g.scalar(length)))
  const half = g.Mul(side, g.scalar(length / 2))
  const from = alongRows(g, g.Floor(g.Sub(center, half)), like)
  const to = alongRows(g, g.Floor(g.Add(center, half)), like)
  return g.And(g.GreaterOrEqual(places, from), g.Less(places, to))
}
