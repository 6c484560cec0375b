import { defineLayer } from '../../define.ts'
import type { Value } from '../../graph/graph.ts'
import { flag, integer, number } from '../../params.ts'
import { channelsFirst, channelsLast } from '../places.ts'
import { colourForm, rangeOf, valueRange, within, wrongRange } from './colour.ts'
import { between, lowerEnd, nothing, upperEnd } from './ends.ts'
import { gamma } from './gamma.ts'
import { samplingParams } from './geometry.ts'
import { imagesOf, perImage, planesOf } from './images.ts'
import { changed } from './policy.ts'

const bounds = { min: 0, max: 1 }

export const augMix = defineLayer({
  kind: 'augMix',
  title: 'AugMix',
  doc: 'While training, mixes each image with several versions of it, each changed by a few operations in a row; the value range is by default that of each batch.',
  reference: 'Hendrycks et al. 2019, https://arxiv.org/abs/1912.02781',
  formula:
    'y = clip(m x + (1 − m) Σ wₖ xₖ, low, high)\nm from Beta(α, α), w from Dirichlet(α, …, α)\nxₖ is x after up to depth operations of RandAugment',
  conventions: {
    keras: 'AugMix(value_range, num_chains, chain_depth, factor, alpha, all_ops), of one draw for the whole batch',
    pytorch: 'torchvision.transforms.v2.AugMix(10 · factor, num_chains, chain_depth, alpha)',
  },
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    numChains: integer({ title: 'Chains', doc: 'How many changed versions are mixed.', default: 3, min: 1, max: 8 }),
    chainDepth: integer({
      title: 'Chain depth',
      doc: 'The most operations in a row; each is left out as often as any of them is chosen.',
      default: 3,
      min: 1,
      max: 8,
    }),
    factor: upperEnd('Factor', 'The greatest strength of an operation.', 0.3, [0.1, 0.6], bounds),
    lower: lowerEnd('Lower', 'The smallest strength.', '0', bounds),
    alpha: number({
      title: 'Alpha',
      doc: 'How even the mixture is: large numbers give each version as much, small ones nearly all to one.',
      default: 1,
      min: 0,
      exclusiveMin: true,
      max: 100,
      sensible: [0.5, 4],
    }),
    allOps: flag({
      title: 'All operations',
      doc: 'Whether brightness, colour, contrast and sharpness change too.',
      default: true,
    }),
    interpolation: samplingParams.interpolation,
    valueRange,
  },
  keras: colourForm('AugMix', nothing),
  conflict: wrongRange,
  build: (context) => {
    const { g, params, training, scalar } = context
    const images = imagesOf(context)
    if (!training) return images.x
    const { planes } = planesOf(g, images)
    const range = rangeOf(context, planes)
    const strongest = scalar('factor')
    const policy = {
      enhances: params.allOps,
      idle: true,
      strength: (unit: Value) => between(g, strongest, params.lower, nothing, unit),
      range,
      sampling: { fillMode: 'reflect', fillValue: 0, interpolation: params.interpolation },
    } as const
    // For small alphas nearly all weights are too small for float32, and one of them has to be left.
    const draw = () => g.Max(gamma(context, perImage(images), params.alpha), g.scalar(1e-30))
    const chains = Array.from({ length: params.numChains }, () => {
      let { x } = images
      for (let depth = 0; depth < params.chainDepth; depth++) x = changed(context, { ...images, x }, policy)
      return { planes: channelsFirst(g, x), weight: draw() }
    })
    const sum = (values: readonly Value[]) => values.reduce((one, other) => g.Add(one, other))
    const versions = sum(chains.map((chain) => g.Mul(chain.planes, chain.weight)))
    const mixed = g.Div(versions, sum(chains.map(({ weight }) => weight)))
    const [own, rest] = [draw(), draw()]
    const share = g.Div(own, g.Add(own, rest))
    return channelsLast(g, within(g, g.Add(mixed, g.Mul(share, g.Sub(planes, mixed))), range))
  },
})
