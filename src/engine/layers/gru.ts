import { defineLayer } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { flag } from '../params.ts'
import {
  buildRecurrent,
  cellParams,
  gateParams,
  recurrentConflict,
  recurrentForm,
  sequenceParams,
  type CellStep,
} from './recurrent.ts'

export const gru = defineLayer({
  kind: 'gru',
  title: 'GRU',
  doc: 'Reads a sequence step by step with gates that say what to keep and what to replace; smaller than LSTM.',
  reference: 'Cho et al. 2014; https://keras.io/api/layers/recurrent_layers/gru/',
  formula:
    'z, r = σ(xₜ · kernel + hₜ₋₁ · recurrentKernel + bias),  σ the gate activation\nn = activation(xₜ · kernel + r (hₜ₋₁ · recurrentKernel)), or (r hₜ₋₁) · recurrentKernel where the reset acts before\nhₜ = z hₜ₋₁ + (1 − z) n',
  conventions: {
    keras: 'GRU(units, reset_after)',
    pytorch:
      'nn.GRU(in, units, batch_first=True), whose reset always acts after, and whose gates stand in the order r, z, n',
    matlab:
      'gruLayer(units), whose gates stand in the order r, z, n; ResetGateMode="recurrent-bias-after-multiplication" is reset after',
  },
  group: 'Recurrent',
  arity: { min: 1, max: 1 },
  samples: true,
  params: {
    ...cellParams,
    ...gateParams,
    ...sequenceParams,
    resetAfter: flag({
      title: 'Reset after',
      doc: 'Let the reset gate act on the product with the recurrent kernel, instead of on the state before it.',
      default: true,
    }),
  },
  keras: { class: 'GRU', ...recurrentForm },
  conflict: (params) => recurrentConflict(params),
  // z = σ(x·kernel_z + h·recurrentKernel_z),  r = σ(x·kernel_r + h·recurrentKernel_r),  σ the gate activation, biases left out
  // n = activation(x·kernel_n + r (h·recurrentKernel_n)), or x·kernel_n + (r h)·recurrentKernel_n where the reset acts before
  // h' = z h + (1 - z) n
  build: (context) => {
    const { params, activation } = context
    const gate = (sum: Value): Value => activation(params.recurrentActivation, sum)
    return buildRecurrent(context, {
      gates: 3,
      masks: 3,
      biases: params.resetAfter ? 2 : 1,
      op: {
        op: 'GRU',
        gates: [0, 1, 2],
        activations: [params.recurrentActivation, params.activation],
        resetAfter: params.resetAfter,
      },
      step: (step) => {
        const { g, units, input, before, recurrent } = step
        const [inputZ = input, inputR = input, inputN = input] = g.Split(input, [units, units, units], 1)
        const [stateZ, stateR, stateN] = stateParts(step, params.resetAfter)
        const plus = (a: Value, b: Value | undefined): Value => (b ? g.Add(a, b) : a)
        const z = gate(plus(inputZ, stateZ))
        const r = gate(plus(inputR, stateR))
        const fromState = params.resetAfter
          ? stateN && g.Mul(r, stateN)
          : before
            ? recurrent({ of: (state) => g.Mul(r, state), gates: [2, 3] })
            : undefined
        const n = activation(params.activation, plus(inputN, fromState))
        return { output: before ? g.Add(n, g.Mul(z, g.Sub(before.output, n))) : g.Sub(n, g.Mul(z, n)) }
      },
    })
  },
})

/** What the state (and its bias) adds to the sums of z, r and, where the reset acts after, n. */
function stateParts({ g, units, before, recurrentBias, recurrent }: CellStep, resetAfter: boolean): readonly Value[] {
  if (!resetAfter) return before ? g.Split(recurrent({ gates: [0, 2] }), [units, units], 1) : []
  const sums = before ? recurrent({ added: recurrentBias }) : recurrentBias
  return sums ? g.Split(sums, [units, units, units], sums.shape.length - 1) : []
}
