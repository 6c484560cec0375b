/** Channels folded into places and back, channels first. */
import { GraphError, formatShape, sizeOf } from '../graph/graph.ts'
import { intAttribute, textAttribute } from './attributes.ts'
import { inputOf, sizesFor, type InferContext, type Op } from './op.ts'

const blockOf = (attributes: InferContext['attributes']): number => intAttribute(attributes, 'blocksize', 1)

export const blocks: Record<string, Op> = {
  DepthToSpace: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const block = blockOf(context.attributes)
      const [batch, channels, rows, columns] = shape
      const left = channels === undefined ? 0 : sizeOf([channels]) / block ** 2
      if (batch === undefined || rows === undefined || columns === undefined || !Number.isInteger(left))
        throw new GraphError(`DepthToSpace cannot make blocks of ${block} from ${formatShape(shape)}`)
      return [{ dtype, shape: [batch, left, sizeOf([rows]) * block, sizeOf([columns]) * block] }]
    },
    // y = x with its channels moved into blocks:  dx = dy with its blocks moved back into channels
    gradient: ({ g, dy, node, input }) => {
      const block = blockOf(node.attributes)
      if (textAttribute(node.attributes, 'mode', 'DCR') === 'DCR') return [g.SpaceToDepth(dy, block)]
      const [batch = 1, channels = 1, rows = 1, columns = 1] = input(0).shape
      const left = sizeOf([channels]) / block ** 2
      const apart = g.Reshape(dy, sizesFor([batch, left, rows, block, columns, block]))
      return [g.Reshape(g.Transpose(apart, [0, 1, 3, 5, 2, 4]), sizesFor([batch, channels, rows, columns]))]
    },
  },
  SpaceToDepth: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const block = blockOf(context.attributes)
      const [batch, channels, rows, columns] = shape
      const places = [rows, columns].map((dim) => (dim === undefined ? 0.5 : sizeOf([dim]) / block))
      if (batch === undefined || channels === undefined || !places.every(Number.isInteger))
        throw new GraphError(`SpaceToDepth cannot fold blocks of ${block} of ${formatShape(shape)}`)
      return [{ dtype, shape: [batch, sizeOf([channels]) * block ** 2, ...places] }]
    },
    // y = x with its blocks moved into channels:  dx = dy with its channels moved back into blocks
    gradient: ({ g, dy, node }) => [g.DepthToSpace(dy, blockOf(node.attributes))],
  },
}
