import { defineLayer } from '../../define.ts'
import { choice, number } from '../../params.ts'
import { placesOf } from '../places.ts'
import { counting, seriesOf, stepsAt } from './steps.ts'

export const seriesShift = defineLayer({
  kind: 'seriesShift',
  title: 'Series shift',
  doc: 'While training, moves each series by a random number of steps, earlier or later.',
  reference: 'Iwana & Uchida 2021, https://doi.org/10.1371/journal.pone.0254841',
  formula: 'y[t] = x[t − s]\ns is a whole number from −n to n, each as likely, n the amount of all steps',
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    amount: number({
      title: 'Amount',
      doc: 'The farthest move, as a fraction of all steps.',
      default: 0.1,
      min: 0,
      max: 1,
      sensible: [0.02, 0.3],
      live: true,
    }),
    fill: choice({
      title: 'Fill',
      doc: 'What comes in at the open end: the value at the edge again, zeros, or what went out at the other end.',
      default: 'edge',
      options: ['edge', 'zero', 'wrap'],
    }),
  },
  build: (context) => {
    const { g, params, training, uniform, scalar } = context
    if (!training) return placesOf(context, 1).x
    const series = seriesOf(context)
    const [one, steps] = [g.scalar(1), g.scalar(series.steps)]
    const most = g.Round(g.Mul(scalar('amount'), steps))
    const choices = g.Add(g.Mul(most, g.scalar(2)), one)
    const shift = g.Sub(g.Floor(g.Mul(uniform([series.batch, 1]), choices)), most)
    const from = g.Sub(counting(g, series.steps), shift)
    if (params.fill === 'wrap') return stepsAt(g, series, g.Sub(from, g.Mul(g.Floor(g.Div(from, steps)), steps)))
    const inside = g.Clip(from, g.scalar(0), g.scalar(series.steps - 1))
    const moved = stepsAt(g, series, inside)
    if (params.fill === 'edge') return moved
    return g.Mul(moved, g.Unsqueeze(g.Cast(g.Equal(from, inside), 'float32'), [2]))
  },
})
