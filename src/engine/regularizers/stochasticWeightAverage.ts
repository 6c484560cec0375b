import { defineRegularizer } from '../define.ts'
import { GraphError } from '../graph/graph.ts'
import { integer, number } from '../params.ts'

export const stochasticWeightAverage = defineRegularizer({
  kind: 'stochasticWeightAverage',
  title: 'Stochastic weight averaging',
  doc: 'Averages the weights at the ends of late epochs (SWA), best at a learning rate that stays high; the mean takes the weights’ place when training ends.',
  reference:
    'Izmailov et al. 2018, https://arxiv.org/abs/1803.05407; PyTorch torch/optim/swa_utils.py for the statistics of batch normalization',
  formula:
    'from the end of epoch E = max(1, round(start · epochs)) on, after every so many epochs:\nn ← n + 1\na ← a + (w − a) / n\nat the end: w ← a, and moving statistics become their mean over the training rows',
  conventions: {
    keras:
      'Nothing in Keras, whose use_ema is an exponential mean; TensorFlow Addons had SWA(optimizer, start_averaging, average_period), both in steps',
    pytorch:
      'torch.optim.swa_utils.AveragedModel with update_parameters(model) after the same epochs, then update_bn(loader, model), which counts a last, shorter batch as much as the others',
    matlab: 'Nothing in trainingOptions; a custom training loop keeps the mean itself',
  },
  places: ['training'],
  params: {
    start: number({
      title: 'Start',
      doc: 'Part of the epochs after which averaging begins; until then, nothing is averaged.',
      default: 0.75,
      min: 0,
      max: 1,
      sensible: [0.5, 0.9],
    }),
    every: integer({
      title: 'Every',
      doc: 'How many epochs lie between one set of weights in the mean and the next; the length of a cycle of the learning rate.',
      default: 1,
      min: 1,
      sensible: [1, 10],
      unit: 'epochs',
    }),
  },
  slots: () => ({ mean: 0, count: { shape: [], fill: 0 } }),
  // before epoch E ends: a ← w, n ← 0;  at the ends of the epochs that count: n ← n + 1, a ← a (1 - 1/n) + w / n
  track: ({ g, params, weight, slots, time }) => {
    const { mean, count } = slots
    if (!mean || !count) throw new GraphError('stochastic weight averaging has lost its mean')
    const [zero, one] = [g.scalar(0), g.scalar(1)]
    const done = g.Add(time.iteration, one)
    const epoch = g.Floor(g.Div(done, time.stepsPerEpoch))
    const ends = g.Equal(g.Mul(epoch, time.stepsPerEpoch), done)
    const first = g.Max(one, g.Floor(g.Add(g.Mul(time.epochs, g.scalar(params.start)), g.scalar(0.5))))
    const late = g.Sub(epoch, first)
    const every = g.scalar(params.every)
    const due = g.And(ends, g.Equal(g.Mul(g.Floor(g.Div(late, every)), every), late))
    const next = g.Where(g.Less(late, zero), zero, g.Add(count, g.Cast(due, 'float32')))
    // 1 while nothing is averaged, so that the mean is the weights themselves; 0 in steps that do not count.
    const share = g.Where(g.Less(next, one), one, g.Div(g.Sub(next, count), g.Max(next, one)))
    return {
      weight,
      slots: { mean: g.Add(g.Mul(mean, g.Sub(one, share)), g.Mul(weight, share)), count: next },
    }
  },
  final: 'mean',
  refresh: true,
})
