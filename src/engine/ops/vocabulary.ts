/** The ONNX ops that are written just as they are asked for, as methods spelled like them. */
import { GraphError, type DType, type Node, type Tensor, type Value } from '../graph/graph.ts'
import { attributesOf, float, int } from './attributes.ts'

export interface RecurrentOptions {
  readonly direction?: 'forward' | 'reverse' | 'bidirectional'
  /** ONNX's names of the activations, all directions' one after the other; ONNX's own where left out. */
  readonly activations?: readonly string[]
  /** The state before the first step, [directions, batch, units]; zeros where left out. */
  readonly initial?: Value
  /** GRU: the reset gate after the product with the recurrent weights. */
  readonly linearBeforeReset?: boolean
}

export abstract class Vocabulary {
  abstract node(
    op: string,
    inputs: readonly (Value | null)[],
    attributes?: Node['attributes'],
    outputs?: number,
  ): readonly Value[]
  abstract ints(numbers: readonly number[]): Value
  abstract scalar(number: number, dtype?: DType): Value

  /** The only output of a node. */
  protected only(op: string, inputs: readonly (Value | null)[], attributes: Node['attributes'] = {}): Value {
    const [value] = this.node(op, inputs, attributes)
    if (!value) throw new GraphError(`${op} gave nothing`)
    return value
  }

  Ceil = (x: Value): Value => this.only('Ceil', [x])
  /** To the nearest whole number, halves to the even one. */
  Round = (x: Value): Value => this.only('Round', [x])
  /** The remainder with the sign of a (of b for whole numbers). */
  Mod = (a: Value, b: Value): Value =>
    this.only('Mod', [a, b], a.dtype === 'float32' || a.dtype === 'float64' ? { fmod: int(1) } : {})
  Sum = (values: readonly Value[]): Value => this.only('Sum', values)
  Mean = (values: readonly Value[]): Value => this.only('Mean', values)
  Tan = (x: Value): Value => this.only('Tan', [x])
  Asin = (x: Value): Value => this.only('Asin', [x])
  Acos = (x: Value): Value => this.only('Acos', [x])
  Atan = (x: Value): Value => this.only('Atan', [x])
  Sinh = (x: Value): Value => this.only('Sinh', [x])
  Cosh = (x: Value): Value => this.only('Cosh', [x])
  Asinh = (x: Value): Value => this.only('Asinh', [x])
  Acosh = (x: Value): Value => this.only('Acosh', [x])
  Atanh = (x: Value): Value => this.only('Atanh', [x])

  /** min(max(alpha x + beta, 0), 1). */
  HardSigmoid = (x: Value, alpha = 0.2, beta = 0.5): Value =>
    this.only('HardSigmoid', [x], { alpha: float(alpha), beta: float(beta) })
  HardSwish = (x: Value): Value => this.only('HardSwish', [x])
  Celu = (x: Value, alpha = 1): Value => this.only('Celu', [x], { alpha: float(alpha) })
  Mish = (x: Value): Value => this.only('Mish', [x])
  Softsign = (x: Value): Value => this.only('Softsign', [x])
  ThresholdedRelu = (x: Value, alpha = 1): Value => this.only('ThresholdedRelu', [x], { alpha: float(alpha) })
  PRelu = (x: Value, slope: Value): Value => this.only('PRelu', [x, slope])
  Gelu = (x: Value, approximate: 'none' | 'tanh' = 'none'): Value =>
    this.only('Gelu', [x], approximate === 'none' ? {} : attributesOf({ approximate }))
  /** 1 at the first largest element along the axis, 0 elsewhere. */
  Hardmax = (x: Value, axis = -1): Value => this.only('Hardmax', [x], attributesOf({ axis }))

  private reduce(op: string, x: Value, axes: readonly number[] | null, keep: boolean): Value {
    return this.only(op, axes ? [x, this.ints(axes)] : [x], attributesOf({ keepdims: keep }))
  }
  ReduceMin = (x: Value, axes: readonly number[] | null, keep = false): Value => this.reduce('ReduceMin', x, axes, keep)
  ReduceProd = (x: Value, axes: readonly number[] | null, keep = false): Value =>
    this.reduce('ReduceProd', x, axes, keep)
  ReduceL2 = (x: Value, axes: readonly number[] | null, keep = false): Value => this.reduce('ReduceL2', x, axes, keep)
  ReduceLogSum = (x: Value, axes: readonly number[] | null, keep = false): Value =>
    this.reduce('ReduceLogSum', x, axes, keep)
  ReduceLogSumExp = (x: Value, axes: readonly number[] | null, keep = false): Value =>
    this.reduce('ReduceLogSumExp', x, axes, keep)
  ArgMin = (x: Value, axis: number, keep = false): Value =>
    this.only('ArgMin', [x], attributesOf({ axis, keepdims: keep }))
  /** Sums of all elements up to each one (`exclusive`: before it), or from it on (`reverse`). */
  CumSum = (
    x: Value,
    axis: number,
    options: { readonly exclusive?: boolean; readonly reverse?: boolean } = {},
  ): Value => this.only('CumSum', [x, this.scalar(axis, 'int64')], attributesOf(options))
  /** The elements on and above the k-th diagonal of the last two axes, or on and below it; 0 elsewhere. */
  Trilu = (x: Value, side: 'upper' | 'lower', k = 0): Value =>
    this.only('Trilu', k === 0 ? [x] : [x, this.scalar(k, 'int64')], attributesOf({ upper: side === 'upper' }))

  /** Products of one or two values summed over the axes the result does not name: `ij,jk->ik`. */
  Einsum = (equation: string, values: readonly Value[]): Value =>
    this.only('Einsum', values, attributesOf({ equation }))
  DepthToSpace = (x: Value, blocksize: number, mode: 'DCR' | 'CRD' = 'DCR'): Value =>
    this.only('DepthToSpace', [x], attributesOf({ blocksize, mode }))
  SpaceToDepth = (x: Value, blocksize: number): Value => this.only('SpaceToDepth', [x], attributesOf({ blocksize }))

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

  LessOrEqual = (a: Value, b: Value): Value => this.only('LessOrEqual', [a, b])
  Xor = (a: Value, b: Value): Value => this.only('Xor', [a, b])
  IsNaN = (x: Value): Value => this.only('IsNaN', [x])
  IsInf = (x: Value): Value => this.only('IsInf', [x])
  BitwiseAnd = (a: Value, b: Value): Value => this.only('BitwiseAnd', [a, b])
  BitwiseOr = (a: Value, b: Value): Value => this.only('BitwiseOr', [a, b])

  Constant = (value: Tensor): Value => this.only('Constant', [], { value: { type: 'tensor', value } })
  /** A value of this constant shape, filled with the one number of a tensor; float32 zeros without it. */
  ConstantOfShape = (shape: Value, value?: Tensor): Value =>
    this.only('ConstantOfShape', [shape], value ? { value: { type: 'tensor', value } } : {})
  /** From start, delta apart, to before limit: three constant numbers. */
  Range = (start: Value, limit: Value, delta: Value): Value => this.only('Range', [start, limit, delta])
  /** The number of elements. */
  Size = (x: Value): Value => this.only('Size', [x])
}
