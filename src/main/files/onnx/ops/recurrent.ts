import { intOf, textOf } from '../attributes.ts'
import { floats, permuted, reshaped, type Floats } from '../floats.ts'
import { dimsOf, type Draft, type Flow } from '../sheet.ts'
import type { Step } from '../step.ts'

interface Cell {
  readonly kind: 'lstm' | 'gru' | 'simpleRNN'
  /** The blocks of the file's weights in the order in which Keras has them. */
  readonly gates: readonly number[]
  readonly activations: readonly string[]
}

const cells: Readonly<Record<string, Cell>> = {
  LSTM: { kind: 'lstm', gates: [0, 2, 3, 1], activations: ['Sigmoid', 'Tanh', 'Tanh'] },
  GRU: { kind: 'gru', gates: [0, 1, 2], activations: ['Sigmoid', 'Tanh'] },
  RNN: { kind: 'simpleRNN', gates: [0], activations: ['Tanh'] },
}

const activationNames: Readonly<Record<string, string>> = {
  Tanh: 'tanh',
  Sigmoid: 'sigmoid',
  Relu: 'relu',
  Softsign: 'softsign',
  Softplus: 'softplus',
}

/** Rows of one gate after the other, [gates · units, n], in Keras' order as columns: [n, gates · units]. */
function columns(stored: Floats, gates: readonly number[]): Floats {
  const [rows = 1, width = 1] = stored.shape
  const units = rows / gates.length
  const ordered = gates.flatMap((gate) =>
    Array.from(stored.data.subarray(gate * units * width, (gate + 1) * units * width)),
  )
  return permuted(floats([rows, width], ordered), [1, 0])
}

/** A recurrent op over a whole sequence: every step of one or both directions, and the state after the last. */
export function recurrent(step: Step): void {
  const { node } = step
  const cell = cells[node.op] ?? step.refuse('is no recurrent op')
  const units = intOf(node, 'hidden_size', 0)
  const direction = textOf(node, 'direction', 'forward').toLowerCase()
  const both = direction === 'bidirectional'
  const batchFirst = intOf(node, 'layout', 0) === 1
  const flow = step.flow()
  const [sequences, last] = [step.isRead(0), step.isRead(1)]
  checkSettings(step, cell, both, flow, batchFirst)
  if (direction === 'reverse' && sequences)
    return step.refuse(
      'reads a sequence backwards and puts out every step, which no layer does in the file’s order; use both directions, or its last state',
    )
  const input = step.arrange(flow, [[batchFirst ? 1 : 0], [2]])
  const [steps = 1] = input.sizes
  const params = {
    units,
    ...activationsOf(step, cell, both),
    ...(both ? { bidirectional: 'concat' } : {}),
    ...(direction === 'reverse' ? { goBackwards: true } : {}),
    ...(cell.kind === 'gru' ? { resetAfter: intOf(node, 'linear_before_reset', 0) === 1 } : {}),
    useBias: step.operand(3) !== null,
  }
  const weights = weightsOf(step, cell, both)
  const width = both ? 2 * units : units
  const make = (returnSequences: boolean): Draft =>
    step.layer({
      kind: cell.kind,
      params: { ...params, returnSequences },
      inputs: [input],
      weights,
      sizes: returnSequences ? [steps, width] : [width],
    })
  // Of one direction the last state is the last step; of two it is not.
  const every = sequences ? make(true) : null
  if (every) {
    const parts = both ? step.sheet.reshape(every, [steps, 2, units]) : every
    const directions = both ? [2] : []
    const last = [both ? 3 : 2]
    step.give({ layer: parts, axes: batchFirst ? [[0], [1], directions, last] : [[1], directions, [0], last] }, 0)
  }
  if (last) {
    if (every && !both) return step.give(lastStep(step, every, units, batchFirst), 1)
    const state = make(false)
    const parts = both ? step.sheet.reshape(state, [2, units]) : state
    const [directions, own] = both ? [[1], [2]] : [[], [1]]
    step.give({ layer: parts, axes: batchFirst ? [[0], directions, own] : [directions, [0], own] }, 1)
  }
}

function lastStep(step: Step, every: Draft, units: number, batchFirst: boolean): Flow {
  const [steps = 1] = every.sizes
  const layer = step.sheet.add({
    name: 'cropping1D',
    kind: 'cropping1D',
    params: { cropping: [steps - 1, 0] },
    inputs: [every],
    sizes: [1, units],
  })
  return { layer, axes: batchFirst ? [[0], [], [2]] : [[], [0], [2]] }
}

function checkSettings(step: Step, { kind }: Cell, both: boolean, flow: Flow, batchFirst: boolean): void {
  const { node } = step
  const dims = dimsOf(flow)
  if (dims.length !== 3) step.refuse(`takes ${step.shapeOf(flow)}, where a sequence is expected`)
  const lengths = step.operand(4)
  const steps = dims[batchFirst ? 1 : 0] ?? 1
  const full =
    lengths === null ||
    (lengths.kind === 'filled' && lengths.value === steps) ||
    (lengths.kind === 'constant' && Array.from(lengths.tensor.data, Number).every((length) => length === steps))
  if (!full) step.refuse('takes sequences of different lengths, which no layer does; pad them to the same length')
  for (const index of [5, 6]) {
    const state = step.operand(index)
    const zero =
      state === null ||
      (state.kind === 'filled' && state.value === 0) ||
      (state.kind === 'constant' && Array.from(state.tensor.data, Number).every((number) => number === 0))
    if (!zero) step.refuse('starts from a state of its own, which no layer does; start from zeros')
  }
  if (step.operand(7) !== null && kind === 'lstm') step.refuse('has peepholes, which no layer has; leave them out')
  if (kind === 'lstm' && step.isRead(2)) step.refuse('puts out its memory, which no layer does; use its output instead')
  if (node.attributes['clip'] || intOf(node, 'input_forget', 0) !== 0)
    step.refuse('clips or ties its gates, which no layer does')
  if (both && step.operand(1)?.kind === 'constant' && step.weights(1, 'kernel').shape[0] !== 2)
    step.refuse('lacks the weights of one direction')
}

function activationsOf(step: Step, cell: Cell, both: boolean): Readonly<Record<string, string>> {
  const attribute = step.node.attributes['activations']
  const given = attribute?.type === 'strings' && attribute.value.length > 0 ? attribute.value : cell.activations
  const [forward, backward] = [given.slice(0, cell.activations.length), given.slice(cell.activations.length)]
  const names = forward.map(
    (name) => activationNames[name] ?? step.refuse(`uses ${name} inside, which is not supported there`),
  )
  if (both && backward.length > 0 && backward.join() !== forward.join())
    step.refuse('uses other activations backwards, which no layer does')
  if (cell.kind === 'simpleRNN') return { activation: names[0] ?? 'tanh' }
  if (cell.kind === 'lstm' && names[1] !== names[2])
    step.refuse('uses two activations beside that of the gates, which no layer does')
  return { recurrentActivation: names[0] ?? 'sigmoid', activation: names[1] ?? 'tanh' }
}

/** kernel, recurrentKernel and bias of each direction. */
function weightsOf(step: Step, cell: Cell, both: boolean): Readonly<Record<string, Floats>> {
  const kernels = step.weights(1, 'kernel')
  const states = step.weights(2, 'recurrent kernel')
  const biases = step.floats(3, 'bias')
  const directionsCount = both ? 2 : 1
  const part = (tensor: Floats, index: number): Floats => {
    const size = tensor.data.length / directionsCount
    return reshaped({ ...tensor, data: tensor.data.slice(index * size, (index + 1) * size) }, tensor.shape.slice(1))
  }
  const own = (index: number, prefix: string): readonly (readonly [string, Floats])[] => [
    [`${prefix}kernel`, columns(part(kernels, index), cell.gates)],
    [`${prefix}recurrentKernel`, columns(part(states, index), cell.gates)],
    ...(biases ? [[`${prefix}bias`, biasOf(step, part(biases, index), cell)] as const] : []),
  ]
  return Object.fromEntries(both ? [...own(0, 'forward/'), ...own(1, 'backward/')] : own(0, ''))
}

/** The biases of input and state, which are added but for a GRU whose reset gate acts after the product. */
function biasOf(step: Step, stored: Floats, cell: Cell): Floats {
  const half = stored.data.length / 2
  const [input, state] = [stored.data.subarray(0, half), stored.data.subarray(half)].map((numbers) =>
    columns(floats([half, 1], numbers), cell.gates),
  )
  const [one = new Float32Array(), other = new Float32Array()] = [input?.data, state?.data]
  if (cell.kind === 'gru' && intOf(step.node, 'linear_before_reset', 0) === 1)
    return floats([2, half], [...one, ...other])
  return floats(
    [half],
    one.map((value, index) => value + (other[index] ?? 0)),
  )
}
