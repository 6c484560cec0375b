import { defineConstraint } from '../define.ts'
import { number } from '../params.ts'
import { axes, norms, rescaled } from './norm.ts'

export const minMaxNorm = defineConstraint({
  kind: 'minMaxNorm',
  title: 'Min-max norm',
  doc: 'Brings the norm of every column between two limits, at once or step by step.',
  reference: 'https://keras.io/api/layers/constraints/#minmaxnorm-class',
  formula:
    'n = rate · min(max(‖w‖, minValue), maxValue) + (1 − rate) · ‖w‖, norms over the axes\nw ← w · n / (10⁻⁷ + ‖w‖)',
  conventions: {
    keras: 'MinMaxNorm(min_value, max_value, rate, axis)',
    pytorch: 'Nothing built in: scale the weight after each step, under torch.no_grad()',
  },
  params: {
    minValue: number({ title: 'Lower limit', doc: 'The smallest norm.', default: 0, min: 0 }),
    maxValue: number({ title: 'Upper limit', doc: 'The largest norm.', default: 1, min: 0, sensible: [1, 4] }),
    rate: number({
      title: 'Rate',
      doc: 'How much of the way is gone at each step; 1 goes all of it.',
      default: 1,
      min: 0,
      max: 1,
    }),
    axis: axes,
  },
  keras: { class: 'MinMaxNorm' },
  conflict: ({ minValue, maxValue }) =>
    minValue > maxValue
      ? {
          param: 'minValue',
          message: `the lower limit ${minValue} is above the upper one ${maxValue}; lower it`,
          mend: maxValue,
        }
      : null,
  // w ← w · (r clip(‖w‖, a, b) + (1 - r) ‖w‖) / (ε + ‖w‖)
  build: ({ g, params, scalar, weight }) => {
    const norm = norms(g, weight, params.axis)
    const clipped = g.Min(g.Max(norm, scalar('minValue')), scalar('maxValue'))
    const rate = scalar('rate')
    const wanted = g.Add(g.Mul(clipped, rate), g.Mul(norm, g.Sub(g.scalar(1), rate)))
    return rescaled(g, weight, norm, params.rate === 1 ? clipped : wanted)
  },
})
