/** Recurrent layers, step by step over rows of numbers. */
import { numbers, type Numbers } from './array.ts'
import type { Call, Operator } from './operator.ts'

const functions: Readonly<Record<string, (x: number, alpha: number, beta: number) => number>> = {
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Tanh: Math.tanh,
  Relu: (x) => Math.max(x, 0),
  Softsign: (x) => x / (1 + Math.abs(x)),
  Softplus: (x) => Math.log1p(Math.exp(x)),
  HardSigmoid: (x, alpha, beta) => Math.min(Math.max(alpha * x + beta, 0), 1),
}
/** Those that take slopes from the node, and what these are without. */
const slopes: Readonly<Record<string, readonly [alpha: number, beta: number]>> = { HardSigmoid: [0.2, 0.5] }

/** One direction's weights, and how its gates are computed from a row of features and a state. */
class Direction {
  readonly #call: Call
  readonly #index: number
  readonly units: number
  readonly #activations: readonly string[]
  readonly #slopes: readonly (readonly [alpha: number, beta: number])[]
  constructor(call: Call, index: number, defaults: readonly string[]) {
    this.#call = call
    this.#index = index
    this.units = call.numbers(2).shape[2]!
    const given = call.strings('activations')
    const [from, to] = [index * defaults.length, (index + 1) * defaults.length]
    this.#activations = given ? given.slice(from, to) : defaults
    // The lists of slopes hold one number for each activation that takes one.
    const [alphas = [], betas = []] = [call.floats('activation_alpha'), call.floats('activation_beta')]
    const all = (given ?? defaults).map((name, place, names): readonly [number, number] => {
      const own = slopes[name]
      const before = names.slice(0, place).filter((each) => slopes[each]).length
      return own ? [alphas[before] ?? own[0], betas[before] ?? own[1]] : [0, 0]
    })
    this.#slopes = given ? all.slice(from, to) : all
  }

  activate(which: number, x: number): number {
    const name = this.#activations[which]!
    const compute = functions[name]
    if (!compute) throw new Error(`the activation ${name} is unknown here`)
    const [alpha, beta] = this.#slopes[which] ?? [0, 0]
    return compute(x, alpha, beta)
  }

  #row(input: 1 | 2, row: number): Float64Array {
    const { shape, data } = this.#call.numbers(input)
    const start = (this.#index * shape[1]! + row) * shape[2]!
    return data.subarray(start, start + shape[2]!)
  }

  /** W x + its bias for one unit of a gate. */
  fromInput(gate: number, unit: number, x: Float64Array): number {
    return dot(this.#row(1, gate * this.units + unit), x) + this.#bias(gate, unit, 0)
  }

  /** R h + its bias for one unit of a gate. */
  fromState(gate: number, unit: number, h: Float64Array): number {
    return dot(this.#row(2, gate * this.units + unit), h) + this.#bias(gate, unit, 1)
  }

  #bias(gate: number, unit: number, half: 0 | 1): number {
    if (!this.#call.optional(3)) return 0
    const { shape, data } = this.#call.numbers(3)
    return data[this.#index * shape[1]! + (half * shape[1]!) / 2 + gate * this.units + unit]!
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0)
}

interface State {
  readonly h: Float64Array
  readonly c: Float64Array
}

type Step = (direction: Direction, x: Float64Array, state: State, call: Call) => State

const each = (direction: Direction, compute: (unit: number) => number) =>
  Float64Array.from({ length: direction.units }, (_, unit) => compute(unit))

const recurrence =
  (defaults: readonly string[], step: Step): Operator =>
  (call) => {
    const x = call.numbers(0)
    const [steps, batch, features] = x.shape as [number, number, number]
    const way = call.text('direction') ?? 'forward'
    const directions = Array.from(
      { length: way === 'bidirectional' ? 2 : 1 },
      (_, index) => new Direction(call, index, defaults),
    )
    const { units } = directions[0]!
    const all = new Float64Array(steps * directions.length * batch * units)
    const last: State[] = []
    directions.forEach((direction, index) => {
      const backward = way === 'reverse' || index === 1
      for (let row = 0; row < batch; row++) {
        const start = (index * batch + row) * units
        const from = (input: number) =>
          call.optional(input) ? call.numbers(input).data.slice(start, start + units) : new Float64Array(units)
        let state: State = { h: from(5), c: from(6) }
        for (let count = 0; count < steps; count++) {
          const at = backward ? steps - 1 - count : count
          const place = (at * batch + row) * features
          state = step(direction, x.data.subarray(place, place + features), state, call)
          all.set(state.h, ((at * directions.length + index) * batch + row) * units)
        }
        last.push(state)
      }
    })
    const join = (part: keyof State): Numbers =>
      numbers(
        x.dtype,
        [directions.length, batch, units],
        last.flatMap((state) => Array.from(state[part])),
      )
    return [numbers(x.dtype, [steps, directions.length, batch, units], all), join('h'), join('c')]
  }

export const recurrences: Readonly<Record<string, Operator>> = {
  RNN: recurrence(['Tanh'], (d, x, { h, c }) => ({
    h: each(d, (unit) => d.activate(0, d.fromInput(0, unit, x) + d.fromState(0, unit, h))),
    c,
  })),
  GRU: recurrence(['Sigmoid', 'Tanh'], (d, x, { h, c }, call) => {
    const update = each(d, (unit) => d.activate(0, d.fromInput(0, unit, x) + d.fromState(0, unit, h)))
    const reset = each(d, (unit) => d.activate(0, d.fromInput(1, unit, x) + d.fromState(1, unit, h)))
    const after = call.int('linear_before_reset') === 1
    const kept = h.map((value, unit) => value * reset[unit]!)
    const candidate = each(d, (unit) => {
      const memory = after ? reset[unit]! * d.fromState(2, unit, h) : d.fromState(2, unit, kept)
      return d.activate(1, d.fromInput(2, unit, x) + memory)
    })
    return { h: each(d, (unit) => (1 - update[unit]!) * candidate[unit]! + update[unit]! * h[unit]!), c }
  }),
  LSTM: recurrence(['Sigmoid', 'Tanh', 'Tanh'], (d, x, { h, c }) => {
    const gate = (index: number, activation: number) =>
      each(d, (unit) => d.activate(activation, d.fromInput(index, unit, x) + d.fromState(index, unit, h)))
    const [input, output, forget, cell] = [gate(0, 0), gate(1, 0), gate(2, 0), gate(3, 1)]
    const next = each(d, (unit) => forget[unit]! * c[unit]! + input[unit]! * cell[unit]!)
    return { h: each(d, (unit) => output[unit]! * d.activate(2, next[unit]!)), c: next }
  }),
}
