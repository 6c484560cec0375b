/** Cases of the layers that read sequences. */
import type { Shape } from '#engine/graph/graph.ts'
import { randoms, softmax, sum } from '../../../support/reals.ts'
import type { Numbers } from '../../../support/evaluate64.ts'
import { activations } from './activations.ts'
import type { Case, Cases, Given } from './case.ts'
import { at, fill, list } from './places.ts'

/** The sums of all gates before anything is applied: of one unit, in each gate, from the input and from the state. */
interface Sums {
  readonly fromInput: (gate: number, unit: number) => number
  /** `state` replaces what the cell put out before. */
  readonly fromState: (gate: number, unit: number, state?: readonly number[]) => number
  readonly state: readonly number[]
  readonly carry: readonly number[]
  /** What is left of the state for a gate after dropout. */
  readonly kept: (gate: number) => readonly number[]
}
type Step = (sums: Sums, unit: number) => { readonly output: number; readonly carry: number }

interface CellFormula {
  /** How many masks the state has when it is dropped too. */
  readonly masks: number
  step(params: Given['params']): Step
}

/** What one direction holds after each step it has read, [rows][steps read][units]. */
function read(given: Given, { masks, step }: CellFormula, prefix: string, backwards: boolean, firstMask: number) {
  const { inputs, weights, params, training } = given
  const [x] = inputs
  const [rows, steps, features] = x!.shape as [number, number, number]
  const units = Number(params['units'])
  const [kernel, recurrent] = [weights[`${prefix}kernel`]!, weights[`${prefix}recurrentKernel`]!]
  const bias = weights[`${prefix}bias`]
  const [dropout, recurrentDropout] = [Number(params['dropout']), Number(params['recurrentDropout'])]
  const count = recurrentDropout > 0 ? masks : 1
  const drawn = (rate: number, from: number) => (training && rate > 0 ? given.masks.slice(from, from + count) : [])
  const inputMasks = drawn(dropout, firstMask)
  const stateMasks = drawn(recurrentDropout, firstMask + inputMasks.length)
  const drop = (own: readonly Numbers[], gate: number, row: number, rate: number, values: readonly number[]) => {
    const mask = own[own.length > 1 ? gate : 0]
    return mask ? values.map((value, place) => (value * at(mask, [row, place])) / (1 - rate)) : values
  }
  const compute = step(params)
  return Array.from({ length: rows }, (_, row) => {
    let state = Array.from({ length: units }, () => 0)
    let carry = state
    return Array.from({ length: steps }, (_, count) => {
      const place = backwards ? steps - 1 - count : count
      const numbers = Array.from({ length: features }, (_, feature) => at(x!, [row, place, feature]))
      const biasAt = (part: number, column: number) =>
        bias === undefined
          ? 0
          : bias.shape.length === 2
            ? at(bias, [part, column])
            : part === 0
              ? at(bias, [column])
              : 0
      const kept = (gate: number) => drop(stateMasks, gate, row, recurrentDropout, state)
      const sums: Sums = {
        state,
        carry,
        kept,
        fromInput: (gate, unit) => {
          const column = gate * units + unit
          const given = drop(inputMasks, gate, row, dropout, numbers)
          return sum(given.map((value, feature) => value * at(kernel, [feature, column]))) + biasAt(0, column)
        },
        fromState: (gate, unit, own = kept(gate)) => {
          const column = gate * units + unit
          return sum(own.map((value, from) => value * at(recurrent, [from, column]))) + biasAt(1, column)
        },
      }
      const next = Array.from({ length: units }, (_, unit) => compute(sums, unit))
      state = next.map(({ output }) => output)
      carry = next.map((each) => each.carry)
      return state
    })
  })
}

function recurrentFormula(cell: CellFormula): NonNullable<Case['formula']> {
  return (given) => {
    const { params, shape, training } = given
    const mode = String(params['bidirectional'])
    const both = mode !== 'none'
    const count = Number(params['recurrentDropout']) > 0 ? cell.masks : 1
    const rates = [params['dropout'], params['recurrentDropout']]
    const drawn = training ? rates.filter((rate) => Number(rate) > 0).length * count : 0
    const forward = read(given, cell, both ? 'forward/' : '', !both && params['goBackwards'] === true, 0)
    const backward = both ? read(given, cell, 'backward/', true, drawn) : null
    const units = Number(params['units'])
    const sequences = params['returnSequences'] === true
    return fill(shape, (position) => {
      const [row = 0, place = 0] = position
      const steps = forward[row]!.length
      const column = position.at(-1)!
      const ahead = forward[row]![sequences ? place : steps - 1]!
      if (!backward) return ahead[column]!
      const behind = backward[row]![sequences ? steps - 1 - place : steps - 1]!
      if (mode === 'concat') return column < units ? ahead[column]! : behind[column - units]!
      const [a, b] = [ahead[column]!, behind[column]!]
      return mode === 'sum' ? a + b : mode === 'ave' ? (a + b) / 2 : a * b
    })
  }
}

/** The activation and that of the gates. */
function functionsOf({ activation, recurrentActivation }: Given['params']) {
  return [activations[String(activation)]!, activations[String(recurrentActivation)] ?? ((x: number) => x)] as const
}

const simpleRNN: CellFormula = {
  masks: 1,
  step: (params) => {
    const [activation] = functionsOf(params)
    return ({ fromInput, fromState }, unit) => ({
      output: activation(fromInput(0, unit) + fromState(0, unit)),
      carry: 0,
    })
  },
}

const lstm: CellFormula = {
  masks: 4,
  step: (params) => {
    const [activation, gate] = functionsOf(params)
    return ({ fromInput, fromState, carry: before }, unit) => {
      const [i, f, n, o] = [0, 1, 2, 3].map((each) => fromInput(each, unit) + fromState(each, unit))
      const carry = gate(f!) * before[unit]! + gate(i!) * activation(n!)
      return { output: gate(o!) * activation(carry), carry }
    }
  },
}

const gru: CellFormula = {
  masks: 3,
  step: (params) => {
    const [activation, gate] = functionsOf(params)
    return ({ fromInput, fromState, state, kept }, unit) => {
      const reset = state.map((_, each) => gate(fromInput(1, each) + fromState(1, each)))
      const z = gate(fromInput(0, unit) + fromState(0, unit))
      const fromBefore = params['resetAfter']
        ? reset[unit]! * fromState(2, unit)
        : fromState(
            2,
            unit,
            kept(2).map((value, each) => value * reset[each]!),
          )
      return { output: z * state[unit]! + (1 - z) * activation(fromInput(2, unit) + fromBefore), carry: 0 }
    }
  },
}

function recurrentCases(cell: CellFormula, gates: readonly string[]): readonly Case[] {
  const output: Case['output'] = ({ bidirectional, returnSequences, units }) => {
    const size = Number(units) * (bidirectional === 'concat' ? 2 : 1)
    return returnSequences ? ['batch', 3, size] : ['batch', size]
  }
  const own = (params: NonNullable<Case['params']>, settings: number): Case => ({
    inputs: [['batch', 3, 2]],
    params: { units: 2, activityRegularizers: [], ...params },
    settings,
    output,
    formula: recurrentFormula(cell),
    weight: (name, count) => randoms(name, count, -1, 1),
  })
  const plain = { dropout: 0, recurrentDropout: 0 }
  const [gate = {}, otherGate = {}] = gates.map((recurrentActivation) => ({ recurrentActivation }))
  return [
    own({ ...plain, ...gate, activation: 'tanh' }, 2),
    own({ ...plain, ...gate, activation: 'relu', bidirectional: 'none', goBackwards: true, returnSequences: true }, 0),
    own({ ...plain, ...otherGate, activation: 'softsign', bidirectional: 'ave', returnSequences: true }, 0),
    own({ ...plain, ...gate, activation: 'gelu', bidirectional: 'sum' }, 0),
    own({ ...gate, activation: 'tanh', bidirectional: 'none' }, 1),
    own({ ...gate, activation: 'tanh', bidirectional: 'concat', dropout: 0.25 }, 0),
    own({ ...gate, activation: 'tanh', bidirectional: 'mul', recurrentDropout: 0.5 }, 0),
  ]
}

/** The rows of a value at one place of the batch: [steps][features]. */
function stepsOf(value: Numbers, row: number): number[][] {
  const [, steps = 1, features = 1] = value.shape
  return Array.from({ length: steps }, (_, step) =>
    Array.from({ length: features }, (_, feature) => at(value, [row, step, feature])),
  )
}

/** Each query's mixture of the values, by the scores of the keys. */
function mixture(
  { params, training }: Given,
  queries: number[][],
  values: number[][],
  score: (query: number, key: number) => number,
  maskAt: (query: number, key: number) => number,
): number[][] {
  return queries.map((_, query) => {
    const seen = values.flatMap((_, key) => (params['useCausalMask'] === true && key > query ? [] : [key]))
    const shares = softmax(seen.map((key) => score(query, key)))
    const rate = training ? Number(params['dropout']) : 0
    const kept = shares.map((share, index) => (rate > 0 ? (share * maskAt(query, seen[index]!)) / (1 - rate) : share))
    return values[0]!.map((_, feature) => sum(seen.map((key, index) => kept[index]! * values[key]![feature]!)))
  })
}

function headsFormula(given: Given): Float64Array {
  const { inputs, weights, params, masks, shape } = given
  const [query, value = query, key = value] = inputs
  const heads = Number(params['numHeads'])
  const projected = (name: string, x: Numbers, row: number, head: number): number[][] => {
    const [kernel, bias] = [weights[`${name}/kernel`]!, weights[`${name}/bias`]]
    return stepsOf(x, row).map((features) =>
      Array.from(
        { length: kernel.shape[2]! },
        (_, size) =>
          sum(features.map((feature, from) => feature * at(kernel, [from, head, size]))) +
          (bias ? at(bias, [head, size]) : 0),
      ),
    )
  }
  const [rows] = query!.shape
  const gathered = Array.from({ length: rows! }, (_, row) =>
    Array.from({ length: heads }, (_, head) => {
      const q = projected('query', query!, row, head)
      const k = projected('key', key!, row, head)
      const v = projected('value', value!, row, head)
      const score = (i: number, j: number) =>
        sum(q[i]!.map((each, size) => each * k[j]![size]!)) / Math.sqrt(q[i]!.length)
      return mixture(given, q, v, score, (i, j) => at(masks[0]!, [row, head, i, j]))
    }),
  )
  const [kernel, bias] = [weights['attentionOutput/kernel']!, weights['attentionOutput/bias']]
  return fill(shape, ([row = 0, step = 0, ...place]) => {
    const parts = gathered[row]!.map((own, head) =>
      sum(own[step]!.map((each, size) => each * at(kernel, [head, size, ...place]))),
    )
    return sum(parts) + (bias ? at(bias, place) : 0)
  })
}

function attentionFormula(
  pair: (given: Given, query: readonly number[], key: readonly number[]) => number,
): NonNullable<Case['formula']> {
  return (given) => {
    const [query, value = query, key = value] = given.inputs
    const rows = Array.from({ length: query!.shape[0]! }, (_, row) => {
      const [q, v, k] = [query, value, key].map((each) => stepsOf(each!, row)) as [number[][], number[][], number[][]]
      const score = (i: number, j: number) => pair(given, q[i]!, k[j]!)
      return mixture(given, q, v, score, (i, j) => at(given.masks[0]!, [row, i, j]))
    })
    return fill(given.shape, ([row, step, feature]) => rows[row!]![step!]![feature!]!)
  }
}

const product = attentionFormula(({ weights: { scale, concatScoreWeight }, params }, query, key) => {
  const factor = scale?.data[0] ?? 1
  return params['scoreMode'] === 'dot'
    ? factor * sum(query.map((each, feature) => each * key[feature]!))
    : concatScoreWeight!.data[0]! * sum(query.map((each, feature) => Math.tanh(factor * (each + key[feature]!))))
})

const additive = attentionFormula(({ weights: { scale } }, query, key) =>
  sum(query.map((each, feature) => (scale?.data[feature] ?? 1) * Math.tanh(each + key[feature]!))),
)

const self: readonly Shape[] = [['batch', 3, 2]]
const crossed: readonly Shape[] = [
  ['batch', 2, 3],
  ['batch', 4, 3],
]
const apart: readonly Shape[] = [
  ['batch', 2, 3],
  ['batch', 4, 2],
  ['batch', 4, 3],
]

const attentions = (formula: NonNullable<Case['formula']>): readonly Case[] =>
  [self, crossed, apart].map((inputs) => ({
    inputs,
    settings: 4,
    output: () => [...inputs[0]!.slice(0, -1), inputs[1]?.at(-1) ?? inputs[0]!.at(-1)!],
    formula,
  }))

const heads = (inputs: readonly Shape[], params: NonNullable<Case['params']>, settings: number): Case => ({
  inputs,
  params: { numHeads: 2, keyDim: 3, ...params },
  settings,
  output: ({ outputShape }) => {
    const outer = list(outputShape)
    return [...inputs[0]!.slice(0, -1), ...(outer.length > 0 ? outer : [inputs[0]!.at(-1)!])]
  },
  formula: headsFormula,
  weight: (name, count) => randoms(name, count, -1, 1),
})

export const sequenceCases: Cases = {
  simpleRNN: recurrentCases(simpleRNN, []),
  lstm: recurrentCases(lstm, ['sigmoid', 'hard_sigmoid']),
  gru: recurrentCases(gru, ['sigmoid', 'hard_sigmoid']),
  multiHeadAttention: [
    heads(self, {}, 3),
    heads(crossed, { valueDim: 2 }, 1),
    heads(apart, { outputShape: [2, 2], numHeads: 1 }, 1),
  ],
  attention: attentions(product),
  additiveAttention: attentions(additive),
}
