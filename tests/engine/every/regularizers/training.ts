/** Techniques around the optimizer and the rows of a run, in float64 by hand. */
import { sum } from '../../../support/reals.ts'
import { at, type Numbers, type References } from './reference.ts'

const norm = (values: Numbers) => Math.sqrt(sum(Array.from(values, (value) => value * value)))

export const trainingReferences: References = {
  // Brock et al. 2021, equation 3
  adaptiveClipping: {
    gradients: (all, params, { weights, shapes, names, last }) =>
      all.map((gradient, index) => {
        const [name, shape] = [names[index]!, shapes[index]!]
        const { excluded } = params
        if (excluded !== 'nothing' && last.has(name)) return gradient
        if (excluded === 'lastLayerAndBiases' && name.endsWith('bias')) return gradient
        const units = shape.length > 1 ? shape.at(-1)! : 1
        const of = (values: Numbers, unit: number) => norm(Array.from(values).filter((_, k) => k % units === unit))
        return gradient.map((g, k) => {
          const most = at(params, 'limit') * Math.max(of(weights[index]!, k % units), 1e-3)
          const length = of(gradient, k % units)
          return length > most ? (g * most) / length : g
        })
      }),
  },
  // Neelakantan et al. 2015, section 2
  gradientNoise: {
    gradients: (all, params, { iteration, drawn }) => {
      const deviation = Math.sqrt(at(params, 'variance') / (1 + iteration) ** at(params, 'decay'))
      return all.map((gradient, index) => gradient.map((g, k) => g + deviation * drawn[index]![k]!))
    },
  },
  // Foret et al. 2021, equation 2; Kwon et al. 2021, equation 4
  sharpnessAware: {
    perturb: (weights, gradients, names, params) => {
      const sizes = weights.map((weight, index) =>
        weight.map((w) => (params.adaptive && !/(bias|beta)$/.test(names[index]!) ? Math.abs(w) + 0.01 : 1)),
      )
      const length = norm(gradients.flatMap((each, index) => Array.from(each, (g, k) => g * sizes[index]![k]!)))
      return weights.map((weight, index) =>
        weight.map((w, k) => w + (at(params, 'radius') * sizes[index]![k]! ** 2 * gradients[index]![k]!) / length),
      )
    },
  },
  gradualUnfreezing: { holds: (depth, params) => Math.max(0, depth + 1 - at(params, 'first')) * at(params, 'every') },
  // Izmailov et al. 2018, algorithm 1
  stochasticWeightAverage: {
    track: (w, { mean, count }, step, params, { stepsPerEpoch, epochs }) => {
      const first = Math.max(1, Math.round(at(params, 'start') * epochs))
      const epoch = step / stepsPerEpoch
      if (epoch < first) return { weight: w, slots: { mean: w, count: 0 } }
      const counts = Number.isInteger(epoch) && (epoch - first) % at(params, 'every') === 0
      const after = count! + Number(counts)
      return { weight: w, slots: { mean: counts ? (mean! * count! + w) / after : mean!, count: after } }
    },
  },
  balancedSampling: { order: (counts) => counts.map((count) => 1 / (counts.length * count)) },
  smote: {
    synthesize: (counts, params) =>
      counts.map((count) => Math.max(0, Math.round(at(params, 'ratio') * Math.max(...counts)) - count)),
  },
}
