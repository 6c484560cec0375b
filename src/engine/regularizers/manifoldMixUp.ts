import { defineRegularizer } from '../define.ts'
import { batchRows, blend, blendAll, partnersOf, shareParam, sharesOf } from './mixing.ts'

export const manifoldMixUp = defineRegularizer({
  kind: 'manifoldMixUp',
  title: 'Manifold MixUp',
  doc: 'As MixUp, but at each step the rows are mixed at one place drawn at random: at the input or after a hidden layer.',
  reference: 'Verma et al. 2019, https://arxiv.org/abs/1806.05236',
  formula:
    'k drawn from the input and the hidden layers, λ ~ Beta(α, α) for each row\nh̃ₖ = λ hₖ(xᵢ) + (1 − λ) hₖ(xⱼ)\nỹ = λ yᵢ + (1 − λ) yⱼ',
  conventions: {
    keras: 'no class; needs a train_step of one’s own',
    pytorch: 'no class; mix in forward() at a random layer, as the authors’ code does with one λ for the batch',
    matlab: 'no function; needs a custom training loop',
  },
  places: ['training'],
  params: { alpha: shareParam(2) },
  // Mixed nowhere but at the drawn place: there the share is λ, at all others 1.
  mix: ({ g, params, batch, hidden, indices, random, fail }) => {
    const rows = batchRows(batch.inputs)
    const partners = partnersOf(g, random, rows)
    const share = sharesOf(g, random, params.alpha, rows)
    const places = [...(indices.length > 0 ? [] : [null]), ...hidden]
    if (places.length === 0) return fail('finds no hidden layer to mix after; add one')
    const place = g.Floor(g.Mul(random.uniform([1]), g.scalar(places.length)))
    const shareAt = (index: number) => g.Where(g.Equal(place, g.scalar(index)), share, g.scalar(1))
    return {
      inputs: places.includes(null) ? blendAll(g, batch.inputs, partners, shareAt(0)) : batch.inputs,
      targets: blendAll(g, batch.targets, partners, share),
      value: (node, output) => {
        const index = places.indexOf(node)
        return index < 0 ? output : blend(g, output, partners, shareAt(index))
      },
    }
  },
})
