/** Ops that are layers by themselves, products among them, as methods spelled like them. */
import type { Value } from '../../graph/graph.ts'
import { attributesOf, float, int } from '../attributes.ts'
import {
  windowAttributes,
  type AveragePoolOptions,
  type ConvOptions,
  type ConvTransposeOptions,
  type PoolOptions,
} from '../window.ts'
import { AxisWords } from './axes.ts'

export interface RecurrentOptions {
  readonly direction?: 'forward' | 'reverse' | 'bidirectional'
  /** ONNX's names of the activations, all directions' one after the other; ONNX's own where left out. */
  readonly activations?: readonly string[]
  /** The state before the first step, [directions, batch, units]; zeros where left out. */
  readonly initial?: Value
  /** GRU: the reset gate after the product with the recurrent weights. */
  readonly linearBeforeReset?: boolean
}

export abstract class LayerWords extends AxisWords {
  MatMul = (a: Value, b: Value): Value => this.only('MatMul', [a, b])
  Gemm = (
    a: Value,
    b: Value,
    c: Value | null = null,
    options: {
      readonly alpha?: number
      readonly beta?: number
      readonly transA?: boolean
      readonly transB?: boolean
    } = {},
  ): Value =>
    this.only('Gemm', c ? [a, b, c] : [a, b], {
      ...(options.alpha === undefined || options.alpha === 1 ? {} : { alpha: float(options.alpha) }),
      ...(options.beta === undefined || options.beta === 1 ? {} : { beta: float(options.beta) }),
      ...(options.transA ? { transA: int(1) } : {}),
      ...(options.transB ? { transB: int(1) } : {}),
    })
  /** Products of one or two values summed over the axes the result does not name: `ij,jk->ik`. */
  Einsum = (equation: string, values: readonly Value[]): Value =>
    this.only('Einsum', values, attributesOf({ equation }))

  /** X [batch, channels, ...places], W [features, channels/group, ...kernel], bias [features]. */
  Conv = (x: Value, w: Value, bias: Value | null = null, options: ConvOptions = {}): Value =>
    this.only('Conv', bias ? [x, w, bias] : [x, w], windowAttributes(options))
  /** X [batch, channels, ...places], W [channels, features/group, ...kernel], bias [features]. */
  ConvTranspose = (x: Value, w: Value, bias: Value | null = null, options: ConvTransposeOptions = {}): Value =>
    this.only('ConvTranspose', bias ? [x, w, bias] : [x, w], windowAttributes(options))
  MaxPool = (x: Value, options: PoolOptions): Value => this.only('MaxPool', [this.apart(x)], windowAttributes(options))
  AveragePool = (x: Value, options: AveragePoolOptions): Value =>
    this.only('AveragePool', [this.apart(x)], windowAttributes(options))
  /**
   * onnxruntime 1.30 makes a Pad part of the pool behind it, and then takes the zeros of a MaxPool for lowest numbers and
   * refuses an AveragePool padded by its window or more. A Reshape that changes nothing keeps them apart.
   */
  private apart(x: Value): Value {
    if (this.producerOf(x)?.op !== 'Pad') return x
    return this.Reshape(
      x,
      x.shape.map((dim) => (typeof dim === 'string' ? 0 : dim)),
    )
  }
  /**
   * X [batch, channels, rows, columns] read at the places of a grid [batch, ..., 2]: column, then row, from -1 at the outer edge
   * of the first pixel to 1 at that of the last; 0 outside.
   */
  GridSample = (x: Value, grid: Value, mode: 'linear' | 'nearest' = 'linear'): Value =>
    this.only('GridSample', [x, grid], mode === 'linear' ? {} : attributesOf({ mode }))
  GlobalMaxPool = (x: Value): Value => this.only('GlobalMaxPool', [x])
  GlobalAveragePool = (x: Value): Value => this.only('GlobalAveragePool', [x])

  /** X [batch, channels, ...], the others [channels]. */
  BatchNormalization = (x: Value, scale: Value, bias: Value, mean: Value, variance: Value, epsilon: number): Value =>
    this.only('BatchNormalization', [x, scale, bias, mean, variance], { epsilon: float(epsilon) })
  /** X [batch, channels, ...], scale and bias [channels]: each channel of each row by its own mean and variance. */
  InstanceNormalization = (x: Value, scale: Value, bias: Value, epsilon: number): Value =>
    this.only('InstanceNormalization', [x, scale, bias], { epsilon: float(epsilon) })
  /** Over `axis` and all after it; scale and bias have these axes. */
  LayerNormalization = (x: Value, scale: Value, bias: Value | null, axis: number, epsilon: number): Value =>
    this.only('LayerNormalization', bias ? [x, scale, bias] : [x, scale], {
      axis: int(axis),
      epsilon: float(epsilon),
    })
  /** X [batch, channels, ...], its channels in groups; scale and bias [channels]. */
  GroupNormalization = (x: Value, scale: Value, bias: Value, groups: number, epsilon: number): Value =>
    this.only('GroupNormalization', [x, scale, bias], { num_groups: int(groups), epsilon: float(epsilon) })

  private recurrent(op: string, values: readonly (Value | null)[], options: RecurrentOptions, outputs: number) {
    const [, , recurrentWeights] = values
    const { direction, activations, linearBeforeReset } = options
    return this.node(
      op,
      values,
      attributesOf({
        hidden_size: Number(recurrentWeights?.shape[2]),
        direction,
        activations: activations ? { type: 'strings', value: activations } : undefined,
        linear_before_reset: linearBeforeReset,
      }),
      outputs,
    )
  }
  /**
   * X [steps, batch, features], W [directions, units, features], R [directions, units, units], bias [directions, 2 units].
   * All states [steps, directions, batch, units] and the last [directions, batch, units].
   */
  RNN = (x: Value, w: Value, r: Value, bias: Value | null, options: RecurrentOptions = {}): readonly Value[] =>
    this.recurrent('RNN', [x, w, r, bias, null, options.initial ?? null], options, 2)
  /** As RNN, with gates update, reset, new: W [directions, 3 units, features] and so on. */
  GRU = (x: Value, w: Value, r: Value, bias: Value | null, options: RecurrentOptions = {}): readonly Value[] =>
    this.recurrent('GRU', [x, w, r, bias, null, options.initial ?? null], options, 2)
  /** As RNN, with gates input, output, forget, cell: W [directions, 4 units, features] and so on; and the last cell. */
  LSTM = (
    x: Value,
    w: Value,
    r: Value,
    bias: Value | null,
    options: RecurrentOptions & { readonly initialCell?: Value } = {},
  ): readonly Value[] =>
    this.recurrent('LSTM', [x, w, r, bias, null, options.initial ?? null, options.initialCell ?? null], options, 3)
}
