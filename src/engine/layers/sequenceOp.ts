/** A recurrent layer in inference mode: one ONNX op that runs over the whole sequence. */
import type { ActivationKind } from '../activations.ts'
import type { Attribute, Value } from '../graph/graph.ts'
import { attributesOf } from '../ops/attributes.ts'
import type { Builder } from '../ops/builder.ts'

/** The weights of one direction, in Keras' layouts: [features, gates · units], [units, gates · units], [gates · units] or [2, gates · units]. */
export interface CellWeights {
  readonly kernel: Value
  readonly recurrentKernel: Value
  readonly bias: Value | null
}

/** ONNX' RNN, LSTM or GRU, and how its weights and activations lie beside Keras'. */
export interface SequenceOp {
  readonly op: 'RNN' | 'LSTM' | 'GRU'
  /** The blocks of a Keras kernel in the order in which ONNX has them. */
  readonly gates: readonly number[]
  /** The activations in ONNX' order. */
  readonly activations: readonly ActivationKind[]
  /** GRU: the reset gate acts after the product with the recurrent kernel. */
  readonly resetAfter?: boolean
}

interface OnnxActivation {
  readonly name: string
  readonly alpha?: number
  readonly beta?: number
}

/** The activations that ONNX' recurrent ops have under these names, with the slopes Keras gives them. */
const onnxActivations: Readonly<Partial<Record<ActivationKind, OnnxActivation>>> = {
  tanh: { name: 'Tanh' },
  sigmoid: { name: 'Sigmoid' },
  relu: { name: 'Relu' },
  softsign: { name: 'Softsign' },
  softplus: { name: 'Softplus' },
  hard_sigmoid: { name: 'HardSigmoid', alpha: 1 / 6, beta: 0.5 },
}

/**
 * What each direction puts out over x [batch, steps, features]: its last state [batch, units], or all of them at the steps they
 * belong to [batch, steps, units]. Null where the op lacks one of the activations.
 */
export function runSequence(
  g: Builder,
  { op, gates, activations, resetAfter }: SequenceOp,
  x: Value,
  runs: readonly { readonly weights: CellWeights; readonly backwards: boolean }[],
  { units, sequences }: { readonly units: number; readonly sequences: boolean },
): readonly Value[] | null {
  const named = activations.map((kind) => onnxActivations[kind])
  const known = named.filter((activation) => activation !== undefined)
  const [first] = runs
  if (known.length < named.length || !first) return null
  const stack = (values: readonly Value[]): Value => {
    const [only] = values
    return only && values.length === 1 ? only : g.Concat(values, 0)
  }
  const kernels = (of: (weights: CellWeights) => Value): Value =>
    stack(runs.map(({ weights }) => g.Unsqueeze(g.Transpose(ordered(g, of(weights), gates, units), [1, 0]), [0])))
  const biases = runs.flatMap(({ weights: { bias } }) => (bias ? [biasRow(g, bias, gates, units)] : []))
  const repeated = runs.flatMap(() => known)
  const slopes = (of: (activation: OnnxActivation) => number | undefined): Attribute | undefined => {
    const value = repeated.map(of).filter((slope) => slope !== undefined)
    return value.length > 0 ? { type: 'floats', value } : undefined
  }
  const [all, last] = g.node(
    op,
    [
      g.Transpose(x, [1, 0, 2]),
      kernels(({ kernel }) => kernel),
      kernels(({ recurrentKernel }) => recurrentKernel),
      ...(biases.length > 0 ? [stack(biases)] : []),
    ],
    attributesOf({
      hidden_size: units,
      direction: runs.length > 1 ? 'bidirectional' : first.backwards ? 'reverse' : 'forward',
      activations: { type: 'strings', value: repeated.map(({ name }) => name) },
      activation_alpha: slopes(({ alpha }) => alpha),
      activation_beta: slopes(({ beta }) => beta),
      linear_before_reset: resetAfter ? true : undefined,
    }),
    2,
  )
  const output = sequences ? all : last
  if (!output) return null
  const axis = sequences ? 1 : 0
  const directions = runs.length === 1 ? [output] : g.Split(output, [1, 1], axis)
  return directions.map((direction) => {
    const value = g.Squeeze(direction, [axis])
    return sequences ? g.Transpose(value, [1, 0, 2]) : value
  })
}

/** The blocks of the last axis in another order. */
function ordered(g: Builder, value: Value, order: readonly number[], units: number): Value {
  if (order.every((gate, position) => gate === position)) return value
  const axis = value.shape.length - 1
  const blocks = g.Split(
    value,
    order.map(() => units),
    axis,
  )
  return g.Concat(
    order.map((gate) => blocks[gate] ?? value),
    axis,
  )
}

/** [1, 2 · gates · units]: the bias of the inputs, then that of the state. */
function biasRow(g: Builder, bias: Value, gates: readonly number[], units: number): Value {
  const rows = ordered(g, bias, gates, units)
  if (rows.shape.length === 2) return g.Reshape(rows, [1, -1])
  return g.Unsqueeze(g.Concat([rows, g.zeros(rows.shape, rows.dtype)], 0), [0])
}
