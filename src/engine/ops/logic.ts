import { GraphError, type DType } from '../graph/graph.ts'
import { elementwise, same } from './elementwise.ts'
import { intAttribute } from './attributes.ts'
import { broadcastShapes, inputOf, type InferContext, type Op, type ValueType } from './op.ts'

/** ONNX's TensorProto.DataType numbers. */
export const dataTypes: Readonly<Record<DType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float64: 11,
  uint32: 12,
}

function compare(context: InferContext): readonly ValueType[] {
  const [a, b] = [inputOf(context, 0), inputOf(context, 1)]
  if (a.dtype !== b.dtype) throw new GraphError(`${context.op} compares ${a.dtype} with ${b.dtype}`)
  return [{ dtype: 'bool', shape: broadcastShapes(a.shape, b.shape) }]
}

const comparison: Op = { infer: compare, gradient: null }
/** Truth about every element. */
const test: Op = {
  infer: (context) => [{ dtype: 'bool', shape: inputOf(context, 0).shape }],
  gradient: null,
}
const bitwise: Op = { infer: (context) => elementwise.Add?.infer(context) ?? same(context), gradient: null }

/** Ops on the bits of whole numbers. */
export const bits: readonly string[] = ['BitShift', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor']

export const logic: Record<string, Op> = {
  Equal: comparison,
  Less: comparison,
  Greater: comparison,
  GreaterOrEqual: comparison,
  LessOrEqual: comparison,
  And: comparison,
  Or: comparison,
  Xor: comparison,
  IsNaN: test,
  IsInf: test,
  Not: { infer: same, gradient: null },
  ...Object.fromEntries(bits.map((op) => [op, bitwise])),
  Cast: {
    infer: (context) => {
      const to = intAttribute(context.attributes, 'to', 0)
      const dtype = (Object.keys(dataTypes) as DType[]).find((name) => dataTypes[name] === to)
      if (!dtype) throw new GraphError(`Cast knows no type ${to}`)
      return [{ dtype, shape: inputOf(context, 0).shape }]
    },
    // y = x in another type:  dx = dy in x's type, where both are real
    gradient: ({ g, dy, input, output }) => {
      const real = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float64'
      return [real(input(0).dtype) && real(output.dtype) ? g.Cast(dy, input(0).dtype) : null]
    },
  },
}
