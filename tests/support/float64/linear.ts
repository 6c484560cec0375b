/** Matrix products. */
import { broadcastIndex, broadcastShape, forEachPosition, numbers, type Numbers } from './array.ts'
import type { Operator } from './operator.ts'

/** The product of two matrices in row-major data, [rows, inner] × [inner, columns], of one batch entry each. */
function matrixProduct(a: Numbers, b: Numbers): Numbers {
  const left = a.shape.length === 1 ? { ...a, shape: [1, ...a.shape] } : a
  const right = b.shape.length === 1 ? { ...b, shape: [...b.shape, 1] } : b
  const [rows, inner] = [left.shape.at(-2)!, left.shape.at(-1)!]
  const columns = right.shape.at(-1)!
  if (right.shape.at(-2) !== inner) {
    throw new Error(`MatMul of [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`)
  }
  const batches = [left.shape.slice(0, -2), right.shape.slice(0, -2)] as const
  const batch = broadcastShape(...batches)
  const result: number[] = []
  forEachPosition(batch, (position) => {
    const leftStart = broadcastIndex(batches[0], position) * rows * inner
    const rightStart = broadcastIndex(batches[1], position) * inner * columns
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0
        for (let k = 0; k < inner; k++) {
          sum += left.data[leftStart + row * inner + k]! * right.data[rightStart + k * columns + column]!
        }
        result.push(sum)
      }
    }
  })
  const shape = [...batch]
  if (a.shape.length > 1) shape.push(rows)
  if (b.shape.length > 1) shape.push(columns)
  return numbers(a.dtype, shape, result)
}

function transposed(matrix: Numbers): Numbers {
  const [rows, columns] = matrix.shape as [number, number]
  const data = Array.from({ length: rows * columns }, (_, index) => {
    return matrix.data[(index % rows) * columns + Math.floor(index / rows)]!
  })
  return numbers(matrix.dtype, [columns, rows], data)
}

export const linear: Readonly<Record<string, Operator>> = {
  MatMul: (call) => [matrixProduct(call.numbers(0), call.numbers(1))],
  Gemm: (call) => {
    const a = call.int('transA') ? transposed(call.numbers(0)) : call.numbers(0)
    const b = call.int('transB') ? transposed(call.numbers(1)) : call.numbers(1)
    const [alpha, beta] = [call.float('alpha') ?? 1, call.float('beta') ?? 1]
    const product = matrixProduct(a, b)
    const bias = call.optional(2) ? call.numbers(2) : null
    const data: number[] = []
    forEachPosition(product.shape, (position, index) => {
      const added = bias ? bias.data[broadcastIndex(bias.shape, position)]! : 0
      data.push(alpha * product.data[index]! + beta * added)
    })
    return [numbers(product.dtype, product.shape, data)]
  },
}
