import { defineSchedule } from '../define.ts'
import { choice, number } from '../params.ts'
import { decaySteps, halfCosine } from './elapsed.ts'

export const oneCycle = defineSchedule({
  kind: 'oneCycle',
  title: 'One cycle',
  doc: 'The learning rate rises from a fraction to its full height and then falls to almost nothing, once in the whole run.',
  reference: 'Smith & Topin 2018, https://arxiv.org/abs/1708.07120; PyTorch torch.optim.lr_scheduler.OneCycleLR',
  formula:
    'from η / startDivisor up to η over the first riseFraction · totalSteps steps\nthen down to η / (startDivisor · finalDivisor) at the last one\neach along b + (a − b) · ½ (1 + cos(π x)), or in a line',
  conventions: {
    pytorch:
      'lr_scheduler.OneCycleLR(max_lr=η, total_steps, pct_start=riseFraction, div_factor, final_div_factor, cycle_momentum=False)',
  },
  params: {
    totalSteps: decaySteps('How many steps the cycle takes.'),
    riseFraction: number({
      title: 'Rise',
      doc: 'Share of the steps in which the learning rate rises.',
      default: 0.3,
      min: 0,
      max: 1,
    }),
    startDivisor: number({
      title: 'Start divisor',
      doc: 'The cycle begins at the learning rate divided by this.',
      default: 25,
      min: 0,
      exclusiveMin: true,
    }),
    finalDivisor: number({
      title: 'Final divisor',
      doc: 'The cycle ends at its beginning divided by this.',
      default: 10000,
      min: 0,
      exclusiveMin: true,
      scale: 'log',
    }),
    anneal: choice({
      title: 'Curve',
      doc: 'Along half a cosine, or in straight lines.',
      default: 'cosine',
      options: ['cosine', 'linear'],
    }),
  },
  // from η / d up to η over the first U = p T - 1 steps, then down to η / (d f) at step T - 1;
  // a + (b - a) x in a line, b + (a - b) ½ (1 + cos(π x)) along a cosine
  build: ({ g, params, learningRate, iteration }) => {
    const { totalSteps, riseFraction, startDivisor, finalDivisor, anneal } = params
    const [zero, one] = [g.scalar(0), g.scalar(1)]
    const last = Math.max(totalSteps - 1, 1)
    const top = Math.min(Math.max(riseFraction * totalSteps - 1, 0), last)
    const between = (from: number, to: number, x: typeof iteration) => {
      const left = anneal === 'cosine' ? halfCosine(g, x) : g.Sub(one, x)
      return g.Add(g.Mul(left, g.scalar(from - to)), g.scalar(to))
    }
    const part = (begin: number, end: number) =>
      g.Min(g.Max(g.Div(g.Sub(iteration, g.scalar(begin)), g.scalar(Math.max(end - begin, 1e-6))), zero), one)
    const start = 1 / startDivisor
    const falling = between(1, start / finalDivisor, part(top, last))
    if (top === 0) return g.Mul(learningRate, falling)
    const rising = between(start, 1, part(0, top))
    return g.Mul(learningRate, g.Where(g.Greater(iteration, g.scalar(top)), falling, rising))
  },
})
