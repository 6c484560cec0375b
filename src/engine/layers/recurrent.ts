/** Layers that read a sequence step by step: what SimpleRNN, LSTM and GRU have in common. */
import { activationKinds, type ActivationKind } from '../activations.ts'
import type { LayerContext, ValuesOf } from '../define.ts'
import { GraphError, formatShape, type Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { choice, constraints, flag, integer, number, regularizers, setting } from '../params.ts'
import { linear } from './linear.ts'
import { asSequence, reshapeTo } from './places.ts'
import { runSequence, type CellWeights, type SequenceOp } from './sequenceOp.ts'
import { activityParams, biasParams, kernelParams } from './weights.ts'

const activationParam = (title: string, doc: string, preset: ActivationKind) =>
  choice({ title, doc, default: preset, options: activationKinds })

const rate = (title: string, doc: string) => number({ title, doc, default: 0, min: 0, max: 0.999 })

/** The settings each of them begins with. */
export const cellParams = {
  units: integer({
    title: 'Units',
    doc: 'How many numbers it remembers and puts out.',
    default: 32,
    min: 1,
    max: 100_000,
  }),
  activation: activationParam('Activation', 'What is applied to what it takes in.', 'tanh'),
}

/** The activation of the gates of LSTM and GRU. */
export const gateParams = {
  recurrentActivation: activationParam('Gate activation', 'What opens and closes the gates.', 'sigmoid'),
}

/** The settings each of them ends with. */
export const sequenceParams = {
  useBias: flag({ title: 'Bias', doc: 'Add a trained constant to each sum.', default: true }),
  returnSequences: flag({
    title: 'Every step',
    doc: 'Put out what it holds after every step, instead of after the last one only.',
    default: false,
  }),
  goBackwards: flag({ title: 'Backwards', doc: 'Read the sequence from its end.', default: false }),
  bidirectional: choice({
    title: 'Both directions',
    doc: 'Read the sequence in both directions, with weights of their own, and join what comes out.',
    default: 'none',
    options: ['none', 'concat', 'sum', 'ave', 'mul'],
  }),
  dropout: rate('Dropout', 'Fraction of the inputs that is dropped, the same at every step of a sequence.'),
  recurrentDropout: rate(
    'Recurrent dropout',
    'Fraction of what it remembers that is dropped from the sums, the same at every step of a sequence.',
  ),
  ...kernelParams,
  recurrentInitializer: setting(
    'initializer',
    'orthogonal',
    'Recurrent initializer',
    'How the recurrent kernel starts.',
  ),
  recurrentRegularizers: regularizers('weight', 'Recurrent regularization', 'What keeps the recurrent kernel simple.'),
  recurrentConstraints: constraints('Recurrent constraints', 'What the recurrent kernel has to be after each step.'),
  ...biasParams,
  ...activityParams,
}

/** How Keras writes what they have in common. */
export const recurrentForm = {
  only: { return_state: false, stateful: false },
  ignored: ['seed', 'unroll', 'use_cudnn', 'implementation', 'zero_output_for_mask', 'time_major'],
  wrapper: { class: 'Bidirectional', param: 'bidirectional', argument: 'merge_mode', none: 'none' },
} as const

/** What is wrong with settings of them that are right one by one. */
export function recurrentConflict({ bidirectional, goBackwards }: ValuesOf<typeof sequenceParams>) {
  return bidirectional !== 'none' && goBackwards
    ? { param: 'goBackwards', message: 'both directions are read already; switch Backwards off', mend: false }
    : null
}

type Context = Omit<LayerContext, 'params'> & {
  readonly params: ValuesOf<typeof cellParams & typeof sequenceParams>
}

/** What a cell remembers: its output [batch, units], and with LSTM what it carries. */
interface CellState {
  readonly output: Value
  readonly carry?: Value
}

/** What a cell computes a step from. */
export interface CellStep {
  readonly g: Builder
  readonly units: number
  /** x · kernel + bias of this step, [batch, gates · units]. */
  readonly input: Value
  /** Null before the first step, where it would be zeros. */
  readonly before: CellState | null
  /** The bias that is added to state · recurrentKernel, where the cell has one of its own. */
  readonly recurrentBias: Value | null
  /** The state (or this value instead) · recurrentKernel + added, in the columns of these gates; dropout is in it. */
  recurrent(options?: {
    readonly of?: (state: Value) => Value
    readonly gates?: readonly [from: number, to: number]
    readonly added?: Value | null
  }): Value
}

export interface Cell {
  /** How many blocks of `units` columns the kernels have. */
  readonly gates: number
  /** How many of them have dropout masks of their own when the state is dropped too. */
  readonly masks: number
  /** Rows of the bias: 2 where the recurrent sum has one of its own. */
  readonly biases: 1 | 2
  /** How the bias starts, where not as the user says. */
  readonly biasInitializer?: { readonly kind: string; readonly params: Record<string, never> }
  /** The ONNX op that runs it over a whole sequence. */
  readonly op: SequenceOp
  step(step: CellStep): CellState
}

/** Runs a cell over x [batch, steps, features]; gives [batch, units], or [batch, steps, units]; twice the units for both directions joined. */
export function buildRecurrent(context: Context, cell: Cell): Value {
  const { g, params, training, activity, fail } = context
  const x = sequenceOf(context)
  const both = params.bidirectional !== 'none'
  const directions = both
    ? [
        { prefix: 'forward/', backwards: false },
        { prefix: 'backward/', backwards: true },
      ]
    : [{ prefix: '', backwards: params.goBackwards }]
  const runs = directions.map(({ prefix, backwards }) => ({
    backwards,
    weights: weightsOf(context, cell, prefix, Number(x.shape[2])),
  }))
  // What comes out of each direction: at the steps it belongs to, or for a single direction in the order of reading.
  const sequences = params.returnSequences
  const options = { units: params.units, sequences }
  const native = training ? null : runSequence(g, cell.op, x, runs, options)
  const outputs = native
    ? native.map((value) => (!both && sequences && params.goBackwards ? g.reverse(value, [1]) : value))
    : runs.map(({ weights, backwards }) => {
        const states = unroll(context, cell, x, weights, backwards)
        if (!sequences) return states.at(-1) ?? fail('needs at least one step')
        const ordered = both && backwards ? states.toReversed() : states
        const stacked = g.Concat(
          ordered.map((state) => g.Unsqueeze(state, [0])),
          0,
        )
        return g.Transpose(stacked, [1, 0, 2])
      })
  const [first, second] = outputs
  if (!first) return fail('has no direction')
  const y = second ? join(g, first, second, params.bidirectional) : first
  // Keras penalizes what each direction puts out, before they are joined.
  activity(
    second && params.activityRegularizers.length > 0 ? join(g, first, second, 'concat') : y,
    params.activityRegularizers,
  )
  return y
}

function sequenceOf({ inputs, from, name, fail }: Context): Value {
  const [x] = inputs
  const [source = 'its input'] = from
  if (!x) return fail('needs an input')
  const given = `takes [batch, steps, features], but ${source} gives ${formatShape(x.shape)}`
  if (x.shape.length !== 3)
    return fail(`${given}; insert Reshape between ${source} and ${name}`, undefined, reshapeTo(asSequence(x.shape)))
  if (x.shape.slice(1).some((dim) => typeof dim !== 'number' || dim < 1))
    return fail(`${given}, whose sizes are not all known; give its Input a shape`)
  return x
}

function weightsOf({ params, weight }: Context, cell: Cell, prefix: string, features: number): CellWeights {
  const columns = cell.gates * params.units
  return {
    kernel: weight(`${prefix}kernel`, {
      shape: [features, columns],
      initializer: params.kernelInitializer,
      regularizers: params.kernelRegularizers,
      constraints: params.kernelConstraints,
    }),
    recurrentKernel: weight(`${prefix}recurrentKernel`, {
      shape: [params.units, columns],
      initializer: params.recurrentInitializer,
      regularizers: params.recurrentRegularizers,
      constraints: params.recurrentConstraints,
    }),
    bias: params.useBias
      ? weight(`${prefix}bias`, {
          shape: cell.biases === 1 ? [columns] : [2, columns],
          initializer: cell.biasInitializer ?? params.biasInitializer,
          regularizers: params.biasRegularizers,
          constraints: params.biasConstraints,
        })
      : null,
  }
}

/** The bias of the inputs and the bias of the state, each [gates · units]. */
function biasesOf(g: Builder, bias: Value | null): readonly [input: Value | null, recurrent: Value | null] {
  if (!bias || bias.shape.length === 1) return [bias, null]
  const [input, recurrent] = g.Split(bias, [1, 1], 0).map((row) => g.Squeeze(row, [0]))
  return [input ?? null, recurrent ?? null]
}

/** What the cell puts out after each step, in the order of reading, each [batch, units]. */
function unroll(
  { g, params, training, mask }: Context,
  cell: Cell,
  x: Value,
  { kernel, recurrentKernel, bias }: CellWeights,
  backwards: boolean,
): readonly Value[] {
  const [batch = 1, steps, features = 1] = x.shape
  const { units } = params
  const columns = Array.from({ length: cell.gates }, () => units)
  const [inputBias, recurrentBias] = biasesOf(g, bias)
  // One mask for all gates, or one for each: as Keras, which computes them apart once the state is dropped too.
  const count = params.recurrentDropout > 0 ? cell.masks : 1
  const masks = (size: typeof features, dropped: number): readonly Value[] =>
    training && dropped > 0
      ? Array.from({ length: count }, () => g.Mul(mask([batch, size], g.scalar(dropped)), g.scalar(1 / (1 - dropped))))
      : []
  const inputMasks = masks(features, params.dropout)
  const stateMasks = masks(units, params.recurrentDropout)

  // The inputs of all steps meet the kernel at once, steps first, so that a step is one piece of memory.
  const sequence = g.Transpose(x, [1, 0, 2])
  const [single] = inputMasks
  const inputs =
    inputMasks.length > 1
      ? g.Concat(
          inputMasks.map((own, gate) =>
            linear(
              g,
              g.Mul(sequence, own),
              columnsOf(g, kernel, units, gate, gate + 1),
              inputBias && g.Slice(inputBias, [gate * units], [(gate + 1) * units], [0]),
            ),
          ),
          2,
        )
      : linear(g, single ? g.Mul(sequence, single) : sequence, kernel, inputBias)
  const parts = g.Split(
    inputs,
    Array.from({ length: Number(steps) }, () => 1),
    0,
  )
  const outputs: Value[] = []
  let before: CellState | null = null
  for (const part of backwards ? parts.toReversed() : parts) {
    const state: Value | undefined = before?.output
    before = cell.step({
      g,
      units,
      input: g.Squeeze(part, [0]),
      before,
      recurrentBias,
      recurrent: ({ of = (value: Value) => value, gates: [from, to] = [0, columns.length], added = null } = {}) => {
        if (!state) throw new GraphError('there is no state before the first step')
        if (stateMasks.length <= 1) {
          const [dropped] = stateMasks
          const value = of(dropped ? g.Mul(state, dropped) : state)
          return g.Gemm(value, columnsOf(g, recurrentKernel, units, from, to), added)
        }
        const sums = stateMasks
          .slice(from, to)
          .map((own, index) =>
            g.MatMul(of(g.Mul(state, own)), columnsOf(g, recurrentKernel, units, from + index, from + index + 1)),
          )
        const [only] = sums
        const sum = only && sums.length === 1 ? only : g.Concat(sums, 1)
        return added ? g.Add(sum, added) : sum
      },
    })
    outputs.push(before.output)
  }
  return outputs
}

/** The columns of some of a kernel's gates. */
function columnsOf(g: Builder, kernel: Value, units: number, from: number, to: number): Value {
  return from === 0 && to * units === kernel.shape[1] ? kernel : g.Slice(kernel, [from * units], [to * units], [1])
}

function join(g: Builder, a: Value, b: Value, mode: ValuesOf<typeof sequenceParams>['bidirectional']): Value {
  switch (mode) {
    case 'sum':
      return g.Add(a, b)
    case 'ave':
      return g.Mul(g.Add(a, b), g.scalar(0.5))
    case 'mul':
      return g.Mul(a, b)
    case 'none':
    case 'concat':
      return g.Concat([a, b], a.shape.length - 1)
  }
}
