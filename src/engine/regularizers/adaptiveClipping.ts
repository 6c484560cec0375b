import { defineRegularizer } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { choice, number } from '../params.ts'
import { isBias, isTechniquesOwn } from '../weightName.ts'

/** Weights count as at least this large, or those that start at 0 would never move. */
const least = 1e-3

export const adaptiveClipping = defineRegularizer({
  kind: 'adaptiveClipping',
  title: 'Adaptive gradient clipping',
  doc: 'Scales the gradient of a unit down where it is large beside the unit’s own weights (AGC).',
  reference: 'Brock et al. 2021, https://arxiv.org/abs/2102.06171',
  formula:
    'for each unit i, all weights with one index of the last axis, or a vector as a whole:\nc = limit · max(‖wᵢ‖, 10⁻³)\ngᵢ ← gᵢ · c / max(‖gᵢ‖, c)',
  conventions: {
    keras:
      'Nothing built in; the units are those of kernels as Keras lays them out, [in, out] and [height, width, in, out]',
    pytorch:
      'timm.utils.adaptive_clip_grad(parameters, clip_factor=limit); it has no last layer to leave out, so leave its parameters away',
    matlab: 'Nothing in trainingOptions; GradientThresholdMethod knows fixed limits only',
  },
  places: ['training'],
  params: {
    limit: number({
      title: 'Limit',
      doc: 'Largest norm of a unit’s gradient as a share of the norm of its weights; smaller for larger batches.',
      default: 0.01,
      min: 0,
      exclusiveMin: true,
      sensible: [0.001, 0.2],
      scale: 'log',
      live: true,
    }),
    excluded: choice({
      title: 'Left out',
      doc: 'What is never clipped: the layers the network ends with as in the paper, these and all biases, or nothing.',
      default: 'lastLayer',
      options: ['lastLayer', 'lastLayerAndBiases', 'nothing'],
    }),
  },
  // gᵢ ← gᵢ c / max(‖gᵢ‖, c),  c = λ max(‖wᵢ‖, 10⁻³)
  gradients: ({ g, params: { excluded }, scalar, gradients, weights, names, last }) => {
    const leftOut = (name: string): boolean =>
      isTechniquesOwn(name) ||
      (excluded !== 'nothing' && last.has(name)) ||
      (excluded === 'lastLayerAndBiases' && isBias(name))
    return gradients.map((gradient, index) => {
      const [weight, name] = [weights[index], names[index]]
      if (!weight || name === undefined || leftOut(name)) return gradient
      const limit = g.Mul(g.Max(unitNorms(g, weight), g.scalar(least)), scalar('limit'))
      return g.Mul(gradient, g.Div(limit, g.Max(unitNorms(g, gradient), limit)))
    })
  },
})

/** The norm of each unit, broadcastable to the weight. */
function unitNorms(g: Builder, weight: Value): Value {
  const axes = weight.shape.slice(0, -1).map((_, axis) => axis)
  return axes.length === 0 ? g.Sqrt(g.ReduceSumSquare(weight, null)) : g.Sqrt(g.ReduceSumSquare(weight, axes, true))
}
