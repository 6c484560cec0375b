import { defineLayer } from '../../define.ts'
import { tensorOf } from '../../graph/tensor.ts'
import { integer, number } from '../../params.ts'
import { placesOf } from '../places.ts'
import { seriesOf, timesAt } from './steps.ts'

/**
 * How far time has come at each step, [knots, steps], for a speed of 1 at one knot that falls to 0 at those beside it; the knots
 * are evenly spread from the first step to the last.
 */
function progress(knots: number, steps: number): readonly number[] {
  return Array.from({ length: knots }, (_, knot) => {
    const speed = (step: number) => Math.max(0, 1 - Math.abs((step * (knots - 1)) / Math.max(1, steps - 1) - knot))
    let time = 0
    return Array.from({ length: steps }, (_, step) => (time += step === 0 ? 0 : (speed(step - 1) + speed(step)) / 2))
  }).flat()
}

export const timeWarp = defineLayer({
  kind: 'timeWarp',
  title: 'Time warp',
  doc: 'While training, makes each series run faster in some places and slower in others, smoothly and always forward, from the same first step to the same last one.',
  reference: 'Um et al. 2017, https://arxiv.org/abs/1706.00527; with speeds that are never negative',
  formula:
    'v = exp(deviation · n) at each knot, linear between them; n has mean 0 and variance 1\nτ[t] = (steps − 1) · (v summed up to t) / (v summed up)\ny[t] = x at τ[t], linear between steps',
  group: 'Augmentation',
  arity: { min: 1, max: 1 },
  params: {
    deviation: number({
      title: 'Deviation',
      doc: 'Standard deviation of the logarithm of the speed.',
      default: 0.2,
      min: 0,
      max: 3,
      sensible: [0.05, 0.5],
      live: true,
    }),
    knots: integer({
      title: 'Knots',
      doc: 'At how many places along a series the speed is drawn.',
      default: 4,
      min: 2,
      max: 100,
      sensible: [2, 8],
    }),
  },
  build: (context) => {
    const { g, params, training, normal, scalar } = context
    if (!training) return placesOf(context, 1).x
    const series = seriesOf(context)
    const { batch, steps } = series
    if (steps === 1) return series.x
    const speeds = g.Exp(g.Mul(normal([batch, params.knots]), scalar('deviation')))
    const numbers = progress(params.knots, steps)
    const time = g.MatMul(speeds, g.initializer('progress', tensorOf('float32', [params.knots, steps], numbers)))
    const whole = g.Slice(time, [steps - 1], [steps], [1])
    return timesAt(g, series, g.Mul(g.Div(time, whole), g.scalar(steps - 1)))
  },
})
