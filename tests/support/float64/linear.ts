/** Matrix products. */
import {
  broadcastIndex,
  broadcastShape,
  broadcastSteps,
  count,
  forEachPosition,
  numbers,
  strides,
  walk,
  type Numbers,
} from './array.ts'
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
  const result = new Float64Array(count(batch) * rows * columns)
  let to = 0
  forEachPosition(batch, (position) => {
    const leftStart = broadcastIndex(batches[0], position) * rows * inner
    const rightStart = broadcastIndex(batches[1], position) * inner * columns
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0
        for (let k = 0; k < inner; k++) {
          sum += left.data[leftStart + row * inner + k]! * right.data[rightStart + k * columns + column]!
        }
        result[to++] = sum
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
    const data = product.data.map((value) => alpha * value)
    if (bias) {
      const steps = broadcastSteps(bias.shape, product.shape)
      walk(product.shape, [0], [steps], (index, places) => {
        data[index] = data[index]! + beta * bias.data[places[0]!]!
      })
    }
    return [numbers(product.dtype, product.shape, data)]
  },
  Einsum: (call) => {
    const equation = (call.text('equation') ?? '').replaceAll(' ', '')
    const [left = '', right] = equation.split('->')
    const terms = left.split(',')
    const labels = [...new Set(left.replaceAll(',', ''))].toSorted()
    const result = right ?? labels.filter((label) => left.split(label).length === 2).join('')
    const values = terms.map((_, index) => call.numbers(index))
    const sizeOf = (label: string) => {
      const term = terms.findIndex((each) => each.includes(label))
      return values[term]!.shape[terms[term]!.indexOf(label)]!
    }
    // Every label's place: those of the result first, then those that are summed.
    const order = [...result, ...labels.filter((label) => !result.includes(label))]
    const stepsOf = (term: string, shape: readonly number[]) => {
      const own = strides(shape)
      return order.map((label) => own[term.indexOf(label)] ?? 0)
    }
    const shape = [...result].map(sizeOf)
    const sum = new Float64Array(count(shape))
    const starts = [0, ...terms.map(() => 0)]
    const steps = [stepsOf(result, shape), ...terms.map((term, index) => stepsOf(term, values[index]!.shape))]
    walk(order.map(sizeOf), starts, steps, (_, [to, ...places]) => {
      sum[to!] = sum[to!]! + places.reduce((product, at, index) => product * values[index]!.data[at]!, 1)
    })
    return [numbers(values[0]!.dtype, shape, sum)]
  },
}
