import { defineLayer } from '../define.ts'
import { flag } from '../params.ts'
import {
  buildRecurrent,
  cellParams,
  gateParams,
  recurrentConflict,
  recurrentForm,
  sequenceParams,
} from './recurrent.ts'

export const lstm = defineLayer({
  kind: 'lstm',
  title: 'LSTM',
  doc: 'Reads a sequence step by step with a memory that gates open and close, so that early steps are not forgotten.',
  reference: 'Hochreiter & Schmidhuber 1997; https://keras.io/api/layers/recurrent_layers/lstm/',
  formula:
    'i, f, n, o = xₜ · kernel + hₜ₋₁ · recurrentKernel + bias\ncₜ = σ(f) cₜ₋₁ + σ(i) activation(n)\nhₜ = σ(o) activation(cₜ),  σ the gate activation',
  conventions: {
    keras: 'LSTM(units)',
    pytorch:
      'nn.LSTM(in, units, batch_first=True): the same order of gates, two biases that are added, and no 1 for the forget gate',
    matlab: 'lstmLayer(units): the same order of gates, with a forget gate bias of 1',
  },
  group: 'Recurrent',
  arity: { min: 1, max: 1 },
  samples: true,
  params: {
    ...cellParams,
    ...gateParams,
    ...sequenceParams,
    unitForgetBias: flag({
      title: 'Remember at first',
      doc: 'Start with a bias of 1 for the gate that keeps the memory, and 0 for the others, whatever the bias initializer.',
      default: true,
    }),
  },
  keras: { class: 'LSTM', ...recurrentForm },
  conflict: (params) => recurrentConflict(params),
  // i, f, n, o = x · kernel + bias + h · recurrentKernel
  // c' = σ(f) c + σ(i) activation(n),  h' = σ(o) activation(c'),  σ the gate activation
  build: (context) => {
    const { params, activation } = context
    return buildRecurrent(context, {
      gates: 4,
      masks: 4,
      biases: 1,
      ...(params.unitForgetBias ? { biasInitializer: { kind: 'unitForgetBias', params: {} } } : {}),
      op: {
        op: 'LSTM',
        gates: [0, 3, 1, 2],
        activations: [params.recurrentActivation, params.activation, params.activation],
      },
      step: ({ g, units, input, before, recurrent }) => {
        const sums = g.Split(before ? recurrent({ added: input }) : input, [units, units, units, units], 1)
        const [i = input, f = input, n = input, o = input] = sums
        const taken = g.Mul(activation(params.recurrentActivation, i), activation(params.activation, n))
        const carry = before?.carry
          ? g.Add(g.Mul(activation(params.recurrentActivation, f), before.carry), taken)
          : taken
        return { output: g.Mul(activation(params.recurrentActivation, o), activation(params.activation, carry)), carry }
      },
    })
  },
})
