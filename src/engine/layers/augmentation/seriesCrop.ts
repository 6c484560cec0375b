import { defineLayer } from '../../define.ts'
import { choice, number } from '../../params.ts'
import { placesOf } from '../places.ts'
import { counting, seriesOf, stepsAt, timesAt } from './steps.ts'

export const seriesCrop = defineLayer({
  kind: 'seriesCrop',
  title: 'Series crop',
  doc: 'While training, keeps a random window of each series and makes it as long again as the series was.',
  reference: 'Le Guennec, Malinowski & Tavenard 2016, https://shs.hal.science/halshs-01357973',
  formula:
    'stretch: y[t] = x at (steps − 1) (1 − kept) u + kept · t, linear between steps\npad: y[t] = x[a + t] for t below n, the kept part of all steps, else 0; a is a whole number from 0 to steps − n\nu is from 0 to below 1, every a as likely',
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    kept: number({
      title: 'Kept',
      doc: 'The length of the window as a fraction of the series.',
      default: 0.9,
      min: 0,
      exclusiveMin: true,
      max: 1,
      sensible: [0.7, 0.95],
      live: true,
    }),
    fit: choice({
      title: 'Fit',
      doc: 'How the window becomes as long as the series: stretched by linear interpolation, or moved to the start with zeros after it.',
      default: 'stretch',
      options: ['stretch', 'pad'],
    }),
  },
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    if (!training) return placesOf(context, 1).x
    const series = seriesOf(context)
    const { batch, steps } = series
    const [kept, one, at] = [scalar('kept'), g.scalar(1), counting(g, steps)]
    const place = uniform([batch, 1])
    if (params.fit === 'stretch') {
      const start = g.Mul(place, g.Mul(g.Sub(one, kept), g.scalar(steps - 1)))
      return timesAt(g, series, g.Add(start, g.Mul(at, kept)))
    }
    const length = g.Max(g.Round(g.Mul(kept, g.scalar(steps))), one)
    const start = g.Floor(g.Mul(place, g.Add(g.Sub(g.scalar(steps), length), one)))
    const window = stepsAt(g, series, g.Min(g.Add(start, at), g.scalar(steps - 1)))
    return g.Mul(window, g.Unsqueeze(g.Cast(g.Less(at, length), 'float32'), [2]))
  },
})
