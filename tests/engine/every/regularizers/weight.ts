/** Techniques that sit on weights, in float64 by hand. */
import { mean, rowsOf, sigmoid, sum } from '../../../support/reals.ts'
import { at, type Numbers, type Params, type References } from './reference.ts'

const absolute = (weight: Numbers) => sum(Array.from(weight, Math.abs))
const squares = (weight: Numbers) => sum(Array.from(weight, (w) => w * w))
const norm = (weight: Numbers) => Math.sqrt(squares(weight))
const soften = (w: number, threshold: number) => Math.sign(w) * Math.max(Math.abs(w) - threshold, 0)
const isProximal = ({ form }: Params) => form === 'proximal'

/** The places of the weights of each group: those with the same last (or last but one) coordinate. */
function groupsOf(shape: readonly number[], params: Params): readonly (readonly number[])[] {
  const units = shape.at(-1)!
  const inputs = shape.at(-2) ?? 1
  const count = shape.reduce((a, b) => a * b)
  const groupOf = (place: number) => (params.groups === 'units' ? place % units : Math.floor(place / units) % inputs)
  const groups = Array.from({ length: params.groups === 'units' ? units : inputs }, (): number[] => [])
  for (let place = 0; place < count; place++) groups[groupOf(place)]!.push(place)
  return groups
}

const pick = (numbers: Numbers, places: readonly number[]) => places.map((place) => numbers[place]!)

const groupNorm = (weight: Numbers, params: Params, shape: readonly number[]) =>
  sum(groupsOf(shape, params).map((places) => Math.sqrt(places.length) * norm(pick(weight, places))))

/** The minimum of ½ Σ (w - v)² / η + threshold ‖w‖, by bisection for ‖w‖. */
function shrinkGroup(v: readonly number[], steps: readonly number[], threshold: number): readonly number[] {
  if (norm(v.map((each, k) => each / steps[k]!)) <= threshold) return v.map(() => 0)
  const scaled = (s: number) => v.map((each, k) => (each * s) / (s + steps[k]! * threshold))
  let [low, high] = [0, norm(v)]
  for (let round = 0; round < 200; round++) {
    const middle = (low + high) / 2
    if (norm(scaled(middle)) > middle) low = middle
    else high = middle
  }
  return scaled(high)
}

function shrinkGroups(v: Numbers, steps: Numbers, strength: number, params: Params, shape: readonly number[]): Numbers {
  const after = Float64Array.from(v)
  for (const places of groupsOf(shape, params)) {
    const shrunk = shrinkGroup(pick(v, places), pick(steps, places), strength * Math.sqrt(places.length))
    places.forEach((place, k) => (after[place] = shrunk[k]!))
  }
  return after
}

const columnsOf = (rows: readonly (readonly number[])[]) => rows[0]!.map((_, column) => rows.map((row) => row[column]!))
const dot = (one: readonly number[], other: readonly number[]) => sum(one.map((each, k) => each * other[k]!))

/** The rows of a weight as a matrix whose last axis counts units, or its columns. */
function vectorsOf(weight: Numbers, shape: readonly number[], mode: unknown): readonly (readonly number[])[] {
  const rows = rowsOf(weight, shape.at(-1)!)
  return mode === 'rows' ? rows : columnsOf(rows)
}

const direction = (vector: readonly number[]) => vector.map((each) => each / norm(vector))

/** v = u Wᵀ / ‖u Wᵀ‖ and u ← v W / ‖v W‖ so many times, and ‖v W‖ at the end. */
function powerIteration(weight: Numbers, shape: readonly number[], start: Numbers, rounds: number) {
  const rows = rowsOf(weight, shape.at(-1)!)
  let u = Array.from(start)
  let sigma = 0
  for (let round = 0; round < rounds; round++) {
    const v = direction(rows.map((row) => dot(row, u)))
    const image = columnsOf(rows).map((column) => dot(column, v))
    sigma = norm(image)
    u = direction(image)
  }
  return { u, sigma }
}

/** The first singular vector, to all digits. */
const singular = (_: string, weight: Numbers, shape: readonly number[]) =>
  powerIteration(weight, shape, new Float64Array(shape.at(-1)!).fill(1), 5000).u

const hardConcrete = { beta: 2 / 3, gamma: -0.1, zeta: 1.1 }

/** The gate of the hard concrete distribution, of a uniform number in training, and of none in predictions. */
export function gateOf(logAlpha: number, u: number | null): number {
  const { beta, gamma, zeta } = hardConcrete
  const s = u === null ? sigmoid(logAlpha) : sigmoid((Math.log(u / (1 - u)) + logAlpha) / beta)
  return Math.min(1, Math.max(0, s * (zeta - gamma) + gamma))
}

export const weightReferences: References = {
  l1: {
    penalty: (w, params) => at(params, 'strength') * absolute(w),
    afterUpdate: (w, steps, params) =>
      isProximal(params) ? Array.from(w, (each, k) => soften(each, steps[k]! * at(params, 'strength'))) : w,
  },
  l2: { penalty: (w, params) => at(params, 'strength') * squares(w) },
  l1l2: {
    penalty: (w, params) => at(params, 'l1') * absolute(w) + at(params, 'l2') * squares(w),
    afterUpdate: (w, steps, params) =>
      isProximal(params)
        ? Array.from(
            w,
            (each, k) => soften(each, steps[k]! * at(params, 'l1')) / (1 + 2 * steps[k]! * at(params, 'l2')),
          )
        : w,
  },
  groupLasso: {
    penalty: (w, params, shape) => at(params, 'strength') * groupNorm(w, params, shape),
    afterUpdate: (w, steps, params, shape) =>
      isProximal(params) ? shrinkGroups(w, steps, at(params, 'strength'), params, shape) : w,
  },
  sparseGroupLasso: {
    penalty: (w, params, shape) => at(params, 'l1') * absolute(w) + at(params, 'group') * groupNorm(w, params, shape),
    afterUpdate: (w, steps, params, shape) => {
      const single = Array.from(w, (each, k) => soften(each, steps[k]! * at(params, 'l1')))
      return isProximal(params) ? shrinkGroups(single, steps, at(params, 'group'), params, shape) : w
    },
  },
  // Louizos et al. 2018, equations 10 to 13
  l0: {
    transform: ({ weight, shape, params, training, own, drawn }) => {
      const groups =
        params.gates === 'weights'
          ? Array.from(weight, (_, place) => [place])
          : groupsOf(shape, { groups: params.gates })
      const { beta, gamma, zeta } = hardConcrete
      const used = Float64Array.from(weight)
      const costs = groups.map((places, group) => {
        const logAlpha = own['logAlpha']![group]!
        for (const place of places) used[place]! *= gateOf(logAlpha, training ? drawn[0]![group]! : null)
        return places.length * sigmoid(logAlpha - beta * Math.log(-gamma / zeta))
      })
      return { weight: used, penalty: at(params, 'strength') * sum(costs) }
    },
  },
  // keras/src/regularizers/regularizers.py, OrthogonalRegularizer; a kernel of many axes is the matrix of its columns
  orthogonal: {
    penalty: (w, params, shape) => {
      const units = vectorsOf(w, shape, params.mode).map((vector) =>
        vector.map((each) => each / Math.max(norm(vector), 1e-7)),
      )
      const overlaps = units.flatMap((one, i) => units.slice(i + 1).map((other) => Math.abs(dot(one, other))))
      return overlaps.length === 0 ? 0 : at(params, 'factor') * mean(overlaps)
    },
  },
  softOrthogonal: {
    penalty: (w, params, shape) => {
      const vectors = vectorsOf(w, shape, params.mode)
      const products = vectors.flatMap((one, i) => vectors.map((other, j) => (i === j ? 0 : dot(one, other))))
      return at(params, 'strength') * squares(products)
    },
  },
  spectralNorm: {
    transform: ({ weight, shape, params, own }) => {
      const { u, sigma } = powerIteration(weight, shape, own['u']!, at(params, 'powerIterations'))
      return { weight, penalty: 0.5 * at(params, 'strength') * sigma ** 2, updates: { u } }
    },
    steady: singular,
  },
  spectralNormalization: {
    transform: ({ weight, shape, params, own }) => {
      const { u, sigma } = powerIteration(weight, shape, own['u']!, at(params, 'powerIterations'))
      return { weight: Array.from(weight, (w) => w / sigma), updates: { u } }
    },
    steady: singular,
  },
  weightStandardization: {
    transform: ({ weight, shape, params }) => {
      const columns = vectorsOf(weight, shape, 'columns').map((column) => {
        const center = mean(column)
        const spread = mean(column.map((w) => (w - center) ** 2))
        return column.map((w) => (w - center) / Math.sqrt(spread + at(params, 'epsilon')))
      })
      return { weight: columnsOf(columns).flat() }
    },
  },
  dropConnect: {
    transform: ({ weight, params, training, drawn }) => ({
      weight: Array.from(weight, (w, k) => (training ? (w * drawn[0]![k]!) / (1 - at(params, 'rate')) : w)),
    }),
  },
  weightNoise: {
    transform: ({ weight, params, training, drawn }) => ({
      weight: Array.from(weight, (w, k) => {
        const noise = training ? at(params, 'stddev') * drawn[0]![k]! : 0
        return params.mode === 'additive' ? w + noise : w * (1 + noise)
      }),
    }),
  },
}
