/** Values made from nothing but their attributes or a size. */
import { GraphError, type Shape } from '../graph/graph.ts'
import { intAttribute } from './attributes.ts'
import { constantInts, inputOf, type InferContext, type Op, type ValueType } from './op.ts'

/** The tensor a node carries; throws when it carries none. */
function tensorType(context: InferContext, shape?: Shape): ValueType {
  const value = context.attributes.value
  if (value?.type === 'tensor') return { dtype: value.value.dtype, shape: shape ?? value.value.shape }
  if (shape && !value) return { dtype: 'float32', shape }
  throw new GraphError(`${context.op} needs its value as a tensor`)
}

export const constants: Record<string, Op> = {
  Constant: { infer: (context) => [tensorType(context)], gradient: null },
  ConstantOfShape: { infer: (context) => [tensorType(context, constantInts(context, 0))], gradient: null },
  Range: {
    infer: (context) => {
      const [start = 0] = constantInts(context, 0)
      const [limit = 0] = constantInts(context, 1)
      const [delta = 1] = constantInts(context, 2)
      const { dtype } = inputOf(context, 0)
      return [{ dtype, shape: [Math.max(0, Math.ceil((limit - start) / delta))] }]
    },
    gradient: null,
  },
  Shape: {
    infer: (context) => {
      const { shape } = inputOf(context, 0)
      const end = intAttribute(context.attributes, 'end', shape.length)
      return [{ dtype: 'int64', shape: [shape.slice(intAttribute(context.attributes, 'start', 0), end).length] }]
    },
    gradient: null,
  },
  Size: { infer: () => [{ dtype: 'int64', shape: [] }], gradient: null },
}
