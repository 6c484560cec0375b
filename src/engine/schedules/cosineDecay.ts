import { defineSchedule } from '../define.ts'
import { integer, number } from '../params.ts'
import { halfCosine } from './elapsed.ts'

export const cosineDecay = defineSchedule({
  kind: 'cosineDecay',
  title: 'Cosine decay',
  doc: 'The learning rate falls along half a cosine, to a fraction of where it began; it may first warm up in a straight line.',
  reference: 'Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983; Keras CosineDecay',
  formula:
    'ηₜ = η ((1 − alpha) · ½ (1 + cos(π min(u, T) / T)) + alpha),  u = t − warmupSteps, T = steps\nwhile t < warmupSteps: ηₜ = η (f + (1 − f) t / warmupSteps),  f = warmupFrom',
  conventions: {
    keras:
      'CosineDecay(η, decay_steps=steps, alpha); with a warm-up initial_learning_rate=η · warmupFrom, warmup_target=η',
    pytorch:
      'lr_scheduler.CosineAnnealingLR(T_max=steps, eta_min=η * alpha), stepped after every batch; it rises again after T_max',
  },
  params: {
    steps: integer({ title: 'Steps', doc: 'How many steps the fall takes.', default: 1000, min: 1, unit: 'steps' }),
    alpha: number({
      title: 'Final fraction',
      doc: 'What is left of the learning rate at the end.',
      default: 0,
      min: 0,
      max: 1,
    }),
    warmupSteps: integer({
      title: 'Warm-up',
      doc: 'How many steps lead up to the learning rate first.',
      default: 0,
      min: 0,
      unit: 'steps',
    }),
    warmupFrom: number({
      title: 'Warm-up from',
      doc: 'The fraction of the learning rate at which the warm-up begins.',
      default: 0,
      min: 0,
    }),
  },
  keras: { class: 'CosineDecay', arguments: { steps: 'decay_steps' }, ignored: ['name'] },
  // with u = t - W: η ((1 - α) ½ (1 + cos(π min(u, T) / T)) + α), and for t < W: η (f + (1 - f) t / W)
  build: ({ g, params, scalar, learningRate, iteration }) => {
    const one = g.scalar(1)
    const total = g.scalar(params.steps)
    const warmup = g.scalar(params.warmupSteps)
    const elapsed = params.warmupSteps > 0 ? g.Max(g.Sub(iteration, warmup), g.scalar(0)) : iteration
    const alpha = scalar('alpha')
    const cosine = halfCosine(g, g.Div(g.Min(elapsed, total), total))
    const falling = g.Add(g.Mul(cosine, g.Sub(one, alpha)), alpha)
    if (params.warmupSteps === 0) return g.Mul(learningRate, falling)
    const from = scalar('warmupFrom')
    const rising = g.Add(from, g.Mul(g.Sub(one, from), g.Div(iteration, warmup)))
    return g.Mul(learningRate, g.Where(g.Less(iteration, warmup), rising, falling))
  },
})
