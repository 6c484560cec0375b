import { GraphError } from '../graph/graph.ts'
import { defineRegularizer } from '../define.ts'
import { number, optional } from '../params.ts'

export const weightAverage = defineRegularizer({
  kind: 'weightAverage',
  title: 'Weight averaging',
  doc: 'Keeps a running mean of every weight (EMA), which takes the weight’s place when training ends.',
  reference:
    'Polyak & Juditsky 1992, https://doi.org/10.1137/0330046; Keras use_ema, keras/src/optimizers/base_optimizer.py',
  formula:
    'a ← w at the first step, then a ← momentum · a + (1 − momentum) · w\nat the end, or every so many steps: w ← a',
  conventions: {
    keras: 'use_ema=True, ema_momentum=momentum, ema_overwrite_frequency of any optimizer',
    pytorch:
      'torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(momentum)); its preset is 0.999',
    matlab: 'Nothing in trainingOptions; a custom training loop keeps the mean itself',
  },
  places: ['training'],
  params: {
    momentum: number({
      title: 'Momentum',
      doc: 'Share of the mean that is kept at each step.',
      default: 0.99,
      min: 0,
      max: 1,
      sensible: [0.9, 0.999],
    }),
    overwriteFrequency: optional({
      title: 'Overwrite every',
      doc: 'After how many steps the weights are set to their means, again and again.',
      default: null,
      min: 1,
      unit: 'steps',
      none: 'only when training ends',
    }),
  },
  slots: () => ({ mean: 0 }),
  // a ← w at the first step, then a ← μ a + (1 - μ) w;  every so many steps w ← a
  track: ({ g, params: { momentum, overwriteFrequency }, weight, slots, step }) => {
    const before = slots.mean
    if (!before) throw new GraphError('weight averaging has lost its mean')
    const kept = g.Where(g.Greater(step, g.scalar(1)), g.scalar(momentum), g.scalar(0))
    const mean = g.Add(g.Mul(before, kept), g.Mul(weight, g.Sub(g.scalar(1), kept)))
    if (overwriteFrequency === null) return { weight, slots: { mean } }
    const every = g.scalar(Math.round(overwriteFrequency))
    const overwrites = g.Equal(g.Mul(g.Floor(g.Div(step, every)), every), step)
    return { weight: g.Where(overwrites, mean, weight), slots: { mean } }
  },
  final: 'mean',
})
