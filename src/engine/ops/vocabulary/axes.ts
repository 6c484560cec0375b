/** Ops that reduce, move and pick elements along axes, as methods spelled like them. */
import type { Tensor, Value } from '../../graph/graph.ts'
import { attributesOf, int } from '../attributes.ts'
import { ElementwiseWords } from './elementwise.ts'

export abstract class AxisWords extends ElementwiseWords {
  private reduce(op: string, x: Value, axes: readonly number[] | null, keep: boolean): Value {
    return this.only(op, axes ? [x, this.ints(axes)] : [x], attributesOf({ keepdims: keep }))
  }
  /** Sum over these axes; `null` means all of them. */
  ReduceSum = (x: Value, axes: readonly number[] | null, keep = false): Value => this.reduce('ReduceSum', x, axes, keep)
  ReduceMean = (x: Value, axes: readonly number[] | null, keep = false): Value =>
    this.reduce('ReduceMean', x, axes, keep)
  ReduceMax = (x: Value, axes: readonly number[] | null, keep = false): Value => this.reduce('ReduceMax', x, axes, keep)
  ReduceMin = (x: Value, axes: readonly number[] | null, keep = false): Value => this.reduce('ReduceMin', x, axes, keep)
  ReduceProd = (x: Value, axes: readonly number[] | null, keep = false): Value =>
    this.reduce('ReduceProd', x, axes, keep)
  ReduceSumSquare = (x: Value, axes: readonly number[] | null, keep = false): Value =>
    this.reduce('ReduceSumSquare', x, axes, keep)
  ReduceL1 = (x: Value, axes: readonly number[] | null, keep = false): Value => this.reduce('ReduceL1', x, axes, keep)
  ReduceL2 = (x: Value, axes: readonly number[] | null, keep = false): Value => this.reduce('ReduceL2', x, axes, keep)
  ReduceLogSum = (x: Value, axes: readonly number[] | null, keep = false): Value =>
    this.reduce('ReduceLogSum', x, axes, keep)
  ReduceLogSumExp = (x: Value, axes: readonly number[] | null, keep = false): Value =>
    this.reduce('ReduceLogSumExp', x, axes, keep)
  ArgMax = (x: Value, axis: number, keep = false): Value =>
    this.only('ArgMax', [x], { axis: int(axis), keepdims: int(keep ? 1 : 0) })
  ArgMin = (x: Value, axis: number, keep = false): Value =>
    this.only('ArgMin', [x], attributesOf({ axis, keepdims: keep }))
  /** Sums of all elements up to each one (`exclusive`: before it), or from it on (`reverse`). */
  CumSum = (
    x: Value,
    axis: number,
    options: { readonly exclusive?: boolean; readonly reverse?: boolean } = {},
  ): Value => this.only('CumSum', [x, this.scalar(axis, 'int64')], attributesOf(options))

  Identity = (x: Value): Value => this.only('Identity', [x])
  /** 0 copies the input's size at that place, -1 is worked out. */
  Reshape = (x: Value, shape: readonly number[]): Value => this.only('Reshape', [x, this.ints(shape)])
  Flatten = (x: Value, axis = 1): Value => this.only('Flatten', [x], { axis: int(axis) })
  Unsqueeze = (x: Value, axes: readonly number[]): Value => this.only('Unsqueeze', [x, this.ints(axes)])
  Squeeze = (x: Value, axes: readonly number[]): Value => this.only('Squeeze', [x, this.ints(axes)])
  Concat = (values: readonly Value[], axis: number): Value => this.only('Concat', values, { axis: int(axis) })
  Split = (x: Value, sizes: readonly number[], axis: number): readonly Value[] =>
    this.node('Split', [x, this.ints(sizes)], { axis: int(axis) }, sizes.length)
  /** Pads of all axes: the begins, then the ends; less than 0 takes elements away. */
  Pad = (
    x: Value,
    pads: readonly number[],
    mode: 'constant' | 'reflect' | 'edge' = 'constant',
    value?: Value,
  ): Value =>
    pads.every((pad) => pad === 0)
      ? x
      : this.only(
          'Pad',
          value ? [x, this.ints(pads), value] : [x, this.ints(pads)],
          attributesOf({ mode: mode === 'constant' ? undefined : mode }),
        )
  Tile = (x: Value, repeats: readonly number[]): Value => this.only('Tile', [x, this.ints(repeats)])
  /** The elements on and above the k-th diagonal of the last two axes, or on and below it; 0 elsewhere. */
  Trilu = (x: Value, side: 'upper' | 'lower', k = 0): Value =>
    this.only('Trilu', k === 0 ? [x] : [x, this.scalar(k, 'int64')], attributesOf({ upper: side === 'upper' }))
  DepthToSpace = (x: Value, blocksize: number, mode: 'DCR' | 'CRD' = 'DCR'): Value =>
    this.only('DepthToSpace', [x], attributesOf({ blocksize, mode }))
  SpaceToDepth = (x: Value, blocksize: number): Value => this.only('SpaceToDepth', [x], attributesOf({ blocksize }))

  Slice = (
    x: Value,
    starts: readonly number[],
    ends: readonly number[],
    axes: readonly number[],
    steps: readonly number[] = [],
  ): Value => {
    const bounds = [x, this.ints(starts), this.ints(ends), this.ints(axes)]
    return this.only('Slice', steps.every((step) => step === 1) ? bounds : [...bounds, this.ints(steps)])
  }
  Gather = (data: Value, indices: Value, axis = 0): Value => this.only('Gather', [data, indices], { axis: int(axis) })
  GatherElements = (data: Value, indices: Value, axis = 0): Value =>
    this.only('GatherElements', [data, indices], { axis: int(axis) })
  GatherND = (data: Value, indices: Value): Value => this.only('GatherND', [data, indices])
  ScatterElements = (data: Value, indices: Value, updates: Value, axis = 0, reduction?: 'add'): Value =>
    this.only('ScatterElements', [data, indices, updates], attributesOf({ axis, reduction }))
  ScatterND = (data: Value, indices: Value, updates: Value, reduction?: 'add'): Value =>
    this.only('ScatterND', [data, indices, updates], attributesOf({ reduction }))
  /** The k largest (or smallest) numbers along an axis in order, and their int64 places. */
  TopK = (x: Value, k: number, axis = -1, largest = true): readonly Value[] =>
    this.node('TopK', [x, this.ints([k])], attributesOf({ axis, largest: largest ? undefined : 0 }), 2)
  /** The first `lengths` [batch] steps of each sequence in reverse, the others as they are; x [batch, steps, ...]. */
  ReverseSequence = (x: Value, lengths: Value): Value =>
    this.only('ReverseSequence', [x, lengths], attributesOf({ batch_axis: 0, time_axis: 1 }))

  Constant = (value: Tensor): Value => this.only('Constant', [], { value: { type: 'tensor', value } })
  /** A value of this constant shape, filled with the one number of a tensor; float32 zeros without it. */
  ConstantOfShape = (shape: Value, value?: Tensor): Value =>
    this.only('ConstantOfShape', [shape], value ? { value: { type: 'tensor', value } } : {})
  /** From start, delta apart, to before limit: three constant numbers. */
  Range = (start: Value, limit: Value, delta: Value): Value => this.only('Range', [start, limit, delta])
  Shape = (x: Value): Value => this.only('Shape', [x])
  /** The number of elements. */
  Size = (x: Value): Value => this.only('Size', [x])
}
