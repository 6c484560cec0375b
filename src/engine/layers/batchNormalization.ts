import { defineLayer } from '../define.ts'
import { integer, number, setting } from '../params.ts'
import { inverse } from '../ops/layout.ts'
import { axisOf, epsilonParam, scaleOf, scaleParams } from './normalization.ts'

export const batchNormalization = defineLayer({
  kind: 'batchNormalization',
  title: 'Batch normalization',
  doc: 'Gives each channel mean 0 and variance 1: over the batch while training, by their moving averages afterwards and while frozen.',
  reference:
    'Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167; https://keras.io/api/layers/normalization_layers/batch_normalization/',
  formula:
    'y = gamma (x − μ) / √(σ² + epsilon) + beta\ntraining: μ and σ² of the batch;  moving ← momentum · moving + (1 − momentum) · (μ or σ²), σ² divided by n\nafterwards, and while frozen: the moving ones',
  conventions: {
    keras: 'BatchNormalization(momentum, epsilon)',
    pytorch:
      'nn.BatchNorm2d(momentum=1 - momentum), 0.1 unless set, with eps 1e-5; its moving variance is divided by n − 1',
    matlab:
      'batchNormalizationLayer(MeanDecay=1-momentum, VarianceDecay=1-momentum), 0.1 unless set, with Epsilon 1e-5',
  },
  group: 'Normalization',
  arity: { min: 1, max: 1 },
  params: {
    axis: integer({ title: 'Axis', doc: 'The axis of the channels; -1 is the last.', default: -1, min: -8, max: 8 }),
    momentum: number({
      title: 'Momentum',
      doc: 'Share of the moving mean and variance that is kept each step.',
      default: 0.99,
      min: 0,
      max: 1,
      sensible: [0.9, 0.99],
    }),
    epsilon: epsilonParam(0.001),
    ...scaleParams,
    movingMeanInitializer: setting('initializer', 'zeros', 'Moving mean initializer', 'How the moving mean starts.'),
    movingVarianceInitializer: setting(
      'initializer',
      'ones',
      'Moving variance initializer',
      'How the moving variance starts.',
    ),
  },
  keras: {
    class: 'BatchNormalization',
    only: { renorm: false },
    ignored: ['synchronized', 'renorm_clipping', 'renorm_momentum'],
  },
  // y = γ (x - μ) / √(σ² + ε) + β;  moving ← momentum · moving + (1 - momentum) · (μ or σ²) of the batch, σ² biased
  build: (context) => {
    const { g, params, inputs, training, frozen, weight, follow, fail } = context
    const [x] = inputs
    if (!x) return fail('needs an input')
    const { axis, size } = axisOf(context, x, params.axis)
    const { gamma, beta } = scaleOf(context, [size])
    const [scale, bias] = [gamma ?? g.ones([size], x.dtype), beta ?? g.zeros([size], x.dtype)]
    const moving = (name: string, initializer: typeof params.movingMeanInitializer) =>
      weight(name, { shape: [size], initializer, trainable: false })
    const movingMean = moving('movingMean', params.movingMeanInitializer)
    const movingVariance = moving('movingVariance', params.movingVarianceInitializer)
    const perm = [0, axis, ...x.shape.flatMap((_, at) => (at === 0 || at === axis ? [] : [at]))]
    const first = g.Transpose(x, perm)
    const last = (y: typeof first) => g.Transpose(y, inverse(perm))
    if (!training || frozen)
      return last(g.BatchNormalization(first, scale, bias, movingMean, movingVariance, params.epsilon))
    const axes = first.shape.flatMap((_, at) => (at === 1 ? [] : [at]))
    const mean = g.ReduceMean(first, axes)
    const centered = g.Sub(first, axes.length === 1 ? mean : g.Unsqueeze(mean, axes))
    const variance = g.ReduceMean(g.Mul(centered, centered), axes)
    follow('movingMean', mean, params.momentum)
    follow('movingVariance', variance, params.momentum)
    return last(g.BatchNormalization(first, scale, bias, mean, variance, params.epsilon))
  },
})
