import { tensorOf } from '#engine/graph/tensor.ts'
import { any, sample, type Sample } from './sample.ts'

export const constants: Readonly<Record<string, readonly Sample[]>> = {
  Constant: [sample('of two numbers', [], (g) => g.Constant(tensorOf('float32', [2], [1, -1])))],
  ConstantOfShape: [
    sample('of zeros', [], (g) => g.ConstantOfShape(g.ints([2, 3]))),
    sample('of whole numbers', [], (g) => g.ConstantOfShape(g.ints([2]), tensorOf('int64', [1], [7]))),
  ],
  Range: [
    sample('of whole numbers', [], (g) => g.Range(g.scalar(1, 'int64'), g.scalar(8, 'int64'), g.scalar(3, 'int64'))),
    sample('of reals, downwards', [], (g) => g.Range(g.scalar(1), g.scalar(-1), g.scalar(-0.5))),
  ],
  Shape: [
    sample('of a matrix', [any('batch', 2)], (g, x) => g.Shape(x)),
    sample('of the middle axes', [any(2, 3, 4, 5)], (g, x) =>
      g.node('Shape', [x], { start: { type: 'int', value: 1 }, end: { type: 'int', value: -1 } }),
    ),
  ],
  Size: [sample('of a matrix', [any('batch', 2)], (g, x) => g.Size(x))],
}
