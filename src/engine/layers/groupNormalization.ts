import { defineLayer } from '../define.ts'
import { inverse } from '../ops/layout.ts'
import { sizesFor } from '../ops/op.ts'
import { integer } from '../params.ts'
import { divisorOf } from './divisor.ts'
import { axisOf, broadcastAlong, epsilonParam, scaleOf, scaleParams } from './normalization.ts'

export const groupNormalization = defineLayer({
  kind: 'groupNormalization',
  title: 'Group normalization',
  doc: 'Gives each group of channels of each row mean 0 and variance 1.',
  reference:
    'Wu & He 2018, https://arxiv.org/abs/1803.08494; https://keras.io/api/layers/normalization_layers/group_normalization/',
  formula:
    'y = gamma (x − μ) / √(σ² + epsilon) + beta, μ and σ² of each row over all places and the channels of a group',
  conventions: {
    keras: 'GroupNormalization(groups, axis, epsilon)',
    pytorch: 'nn.GroupNorm(groups, channels), with eps 1e-5 unless set',
    matlab: 'groupNormalizationLayer(groups), with Epsilon 1e-5',
  },
  group: 'Normalization',
  arity: { min: 1, max: 1 },
  params: {
    groups: integer({
      title: 'Groups',
      doc: 'Into how many groups the channels are split; -1 gives each channel one of its own.',
      default: 32,
      min: -1,
      max: 1_000_000,
    }),
    axis: integer({ title: 'Axis', doc: 'The axis of the channels; -1 is the last.', default: -1, min: -8, max: 8 }),
    epsilon: epsilonParam(0.001),
    ...scaleParams,
  },
  keras: { class: 'GroupNormalization' },
  // y = γ (x - μ) / √(σ² + ε) + β, μ and σ² of each row and group; γ and β of each channel
  build: (context) => {
    const { g, params, inputs, from, fail } = context
    const [x] = inputs
    if (!x) return fail('needs an input')
    const { axis, size } = axisOf(context, x, params.axis)
    const groups = params.groups === -1 ? size : params.groups
    if (groups < 1 || size % groups !== 0)
      return fail(
        `splits ${size} channels of ${from[0] ?? 'its input'} into ${params.groups} groups; choose a number that divides ${size}, or -1`,
        'groups',
        { set: { groups: divisorOf(size, params.groups) } },
      )
    const perm = [0, axis, ...x.shape.flatMap((_, at) => (at === 0 || at === axis ? [] : [at]))]
    const first = g.Transpose(x, perm)
    const grouped = g.Reshape(first, [0, groups, -1])
    const normalized = g.InstanceNormalization(
      grouped,
      g.ones([groups], x.dtype),
      g.zeros([groups], x.dtype),
      params.epsilon,
    )
    const y = g.Transpose(g.Reshape(normalized, sizesFor(first.shape)), inverse(perm))
    const { gamma, beta } = scaleOf(context, [size])
    const along = (weight: typeof x) => broadcastAlong(context, weight, [axis], x.shape.length)
    const scaled = gamma ? g.Mul(y, along(gamma)) : y
    return beta ? g.Add(scaled, along(beta)) : scaled
  },
})
