import { defineRegularizer } from '../define.ts'
import { sizeOf, type Value } from '../graph/graph.ts'
import { choice, number, strength } from '../params.ts'

/** The hard concrete distribution: its temperature β, and the interval (γ, ζ) it is stretched to before it is cut to [0, 1]. */
const temperature = 2 / 3
const low = -0.1
const high = 1.1

export const l0 = defineRegularizer({
  kind: 'l0',
  title: 'L0',
  doc: 'Costs the number of weights that are used: random gates, trained along, open or close units, inputs or single weights, and are exactly 0 or 1 in the end.',
  reference: 'Louizos et al. 2018, https://arxiv.org/abs/1712.01312',
  formula:
    'the layer uses w · z, one gate z for each unit, input or weight\nin training: s = σ((ln u − ln(1 − u) + ln α) / β), u uniform and new each step, z = min(1, max(0, s (ζ − γ) + γ))\nin predictions: z = min(1, max(0, σ(ln α) (ζ − γ) + γ))\nloss + strength · Σ p · P(z ≠ 0), P(z ≠ 0) = σ(ln α − β ln(−γ / ζ)), p the number of weights behind the gate\nβ = ⅔, γ = −0.1, ζ = 1.1; ln α is trained, from ln((1 − rate) / rate)',
  conventions: {
    keras: 'Nothing built in: a layer of your own',
    pytorch:
      'Nothing built in: L0Dense and L0Conv2d of the paper’s code, whose lamba is strength × the number of training rows',
    matlab: 'Nothing built in: a custom layer and a custom training loop',
  },
  places: ['weight'],
  lasting: true,
  params: {
    strength: strength('How much each weight that is used costs.', 1e-4, [1e-6, 1e-3]),
    gates: choice({
      title: 'Gates',
      doc: 'What a gate opens or closes: a unit (neuron, filter), an input, or a single weight.',
      default: 'units',
      options: ['units', 'inputs', 'weights'],
    }),
    rate: number({
      title: 'Rate at the start',
      doc: 'How likely a gate is closed before training, before the distribution is stretched.',
      default: 0.5,
      min: 0,
      max: 1,
      exclusiveMin: true,
      exclusiveMax: true,
      sensible: [0.1, 0.5],
    }),
  },
  transform: ({ g, params, scalar, weight, training, random, parameter }) => {
    const sizes = weight.shape.map(Number)
    const counted = sizes.length - (params.gates === 'units' ? 1 : 2)
    const shape = params.gates === 'weights' ? sizes : sizes.map((size, axis) => (axis === counted ? size : 1))
    const logAlpha = parameter('logAlpha', {
      shape,
      initializer: { kind: 'randomNormal', params: { mean: Math.log((1 - params.rate) / params.rate), stddev: 0.01 } },
    })
    // A uniform number of 0 has no logarithm; the largest one lies as far below 1.
    const logit = (): Value => {
      const u = g.Max(random.uniform(shape), g.scalar(2 ** -24))
      return g.Sub(g.Log(u), g.Log(g.Sub(g.scalar(1), u)))
    }
    const concrete = g.Sigmoid(training ? g.Mul(g.Add(logit(), logAlpha), g.scalar(1 / temperature)) : logAlpha)
    const stretched = g.Add(g.Mul(concrete, g.scalar(high - low)), g.scalar(low))
    const gate = g.Min(g.Max(stretched, g.scalar(0)), g.scalar(1))
    const behind = sizeOf(sizes) / sizeOf(shape)
    return {
      weight: g.Mul(weight, gate),
      // strength p Σ σ(ln α - β ln(-γ / ζ))
      penalty: () => {
        const open = g.Sigmoid(g.Sub(logAlpha, g.scalar(temperature * Math.log(-low / high))))
        return g.Mul(scalar('strength'), g.Mul(g.ReduceSum(open, null), g.scalar(behind)))
      },
    }
  },
})
