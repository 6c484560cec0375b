/** Operators that compute every element on its own, with NumPy broadcasting. */
import {
  broadcastIndex,
  broadcastShape,
  count,
  forEachPosition,
  numbers,
  placesIn,
  sameShape,
  wrap,
  type Numbers,
} from './array.ts'
import type { Operator } from './operator.ts'

type DType = Numbers['dtype']

type Compute = (...values: number[]) => number

/** The elements of an array read as one of a larger shape, in row-major order. */
function spread(array: Numbers, shape: readonly number[]): Float64Array {
  if (sameShape(array.shape, shape)) return array.data
  const result = new Float64Array(count(shape))
  if (array.data.length === 1) return result.fill(array.data[0]!)
  const places = placesIn(array.shape, shape)
  for (let at = 0; at < result.length; at++) result[at] = array.data[places[at]!]!
  return result
}

/** Applies a function to every element of arrays that broadcast against each other. */
function combine(arrays: readonly Numbers[], dtype: DType, compute: Compute): Numbers {
  const shape = broadcastShape(...arrays.map((array) => array.shape))
  const operands = arrays.map((array) => spread(array, shape))
  const result = new Float64Array(count(shape))
  const [a, b] = operands
  for (let at = 0; at < result.length; at++) {
    if (operands.length === 1) result[at] = compute(a![at]!)
    else if (operands.length === 2) result[at] = compute(a![at]!, b![at]!)
    else result[at] = compute(...operands.map((data) => data[at]!))
  }
  return numbers(dtype, shape, result)
}

const unary =
  (compute: (x: number) => number): Operator =>
  (call) => [combine([call.numbers(0)], call.numbers(0).dtype, compute)]

const arithmetic =
  (compute: (a: number, b: number, dtype: DType) => number): Operator =>
  (call) => {
    const [a, b] = [call.numbers(0), call.numbers(1)]
    const { dtype } = a
    if (b.dtype !== dtype) throw new Error(`${call.node.op} of ${dtype} and ${b.dtype}`)
    const real = isFloat(dtype)
    return [combine([a, b], dtype, (x, y) => (real ? compute(x, y, dtype) : wrap(dtype, compute(x, y, dtype))))]
  }

const comparison =
  (holds: (a: number, b: number) => boolean): Operator =>
  (call) => [combine([call.numbers(0), call.numbers(1)], 'bool', (a, b) => Number(holds(a, b)))]

const variadic =
  (compute: Compute): Operator =>
  (call) => [
    combine(
      call.inputs.map((_, index) => call.numbers(index)),
      call.numbers(0).dtype,
      compute,
    ),
  ]

function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64'
}

function product(a: number, b: number, dtype: DType): number {
  if (isFloat(dtype)) return a * b
  const exact = BigInt(a) * BigInt(b)
  if (dtype === 'uint32') return Number(BigInt.asUintN(32, exact))
  if (dtype === 'int32') return Number(BigInt.asIntN(32, exact))
  return Number(exact)
}

/** The error function by its series near zero and the continued fraction of its complement further out. */
function erf(x: number): number {
  const size = Math.abs(x)
  if (size > 6) return Math.sign(x)
  if (size < 2.5) {
    let term = x
    let sum = x
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= (-x * x) / n
      sum += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * sum
  }
  let fraction = size
  for (let n = 120; n > 0; n--) fraction = size + n / 2 / fraction
  return Math.sign(x) * (1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction))
}

/** The constants of Klambauer et al. 2017, equations 14. */
const seluAlpha = 1.6732632423543772
const seluGamma = 1.0507009873554805

const elu = (x: number, alpha: number) => (x > 0 ? x : alpha * Math.expm1(x))

export const elementwise: Readonly<Record<string, Operator>> = {
  Add: arithmetic((a, b) => a + b),
  Sub: arithmetic((a, b) => a - b),
  Mul: arithmetic(product),
  Div: arithmetic((a, b, dtype) => (isFloat(dtype) ? a / b : Math.trunc(a / b))),
  Pow: (call) => [combine([call.numbers(0), call.numbers(1)], call.numbers(0).dtype, (a, b) => a ** b)],
  Max: variadic(Math.max),
  Min: variadic(Math.min),

  Sum: variadic((...values) => values.reduce((sum, value) => sum + value, 0)),
  Mean: variadic((...values) => values.reduce((sum, value) => sum + value, 0) / values.length),
  Mod: (call) => {
    const [a, b] = [call.numbers(0), call.numbers(1)]
    const fmod = call.int('fmod') === 1
    return [combine([a, b], a.dtype, (x, y) => (fmod ? x % y : x - y * Math.floor(x / y)))]
  },
  Ceil: unary(Math.ceil),
  Round: unary((x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sign: unary(Math.sign),
  Floor: unary(Math.floor),
  Sqrt: unary(Math.sqrt),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Reciprocal: unary((x) => 1 / x),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Tan: unary(Math.tan),
  Asin: unary(Math.asin),
  Acos: unary(Math.acos),
  Atan: unary(Math.atan),
  Sinh: unary(Math.sinh),
  Cosh: unary(Math.cosh),
  Asinh: unary(Math.asinh),
  Acosh: unary(Math.acosh),
  Atanh: unary(Math.atanh),
  Erf: unary(erf),
  Relu: unary((x) => Math.max(x, 0)),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Tanh: unary(Math.tanh),
  Softplus: unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  Elu: (call) => {
    const alpha = call.float('alpha') ?? 1
    return [combine([call.numbers(0)], call.numbers(0).dtype, (x) => elu(x, alpha))]
  },
  Selu: (call) => {
    const alpha = call.float('alpha') ?? seluAlpha
    const gamma = call.float('gamma') ?? seluGamma
    return [combine([call.numbers(0)], call.numbers(0).dtype, (x) => gamma * elu(x, alpha))]
  },
  LeakyRelu: (call) => {
    const alpha = call.float('alpha') ?? 0.01
    return [combine([call.numbers(0)], call.numbers(0).dtype, (x) => (x < 0 ? alpha * x : x))]
  },
  HardSigmoid: (call) => {
    const [alpha, beta] = [call.float('alpha') ?? Math.fround(0.2), call.float('beta') ?? 0.5]
    return [combine([call.numbers(0)], call.numbers(0).dtype, (x) => Math.min(Math.max(alpha * x + beta, 0), 1))]
  },
  HardSwish: unary((x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1)),
  Celu: (call) => {
    const alpha = call.float('alpha') ?? 1
    return [combine([call.numbers(0)], call.numbers(0).dtype, (x) => (x > 0 ? x : alpha * Math.expm1(x / alpha)))]
  },
  Mish: unary((x) => x * Math.tanh(Math.log1p(Math.exp(x)))),
  Softsign: unary((x) => x / (1 + Math.abs(x))),
  ThresholdedRelu: (call) => {
    const alpha = call.float('alpha') ?? 1
    return [combine([call.numbers(0)], call.numbers(0).dtype, (x) => (x > alpha ? x : 0))]
  },
  PRelu: (call) => [combine([call.numbers(0), call.numbers(1)], call.numbers(0).dtype, (x, s) => (x < 0 ? s * x : x))],
  Gelu: (call) => {
    const byTanh = call.text('approximate') === 'tanh'
    const gate = (x: number) =>
      byTanh ? Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)) : erf(x / Math.SQRT2)
    return [combine([call.numbers(0)], call.numbers(0).dtype, (x) => (x / 2) * (1 + gate(x)))]
  },
  Clip: (call) => {
    const low = call.optional(1) ? call.numbers(1).data[0]! : -Infinity
    const high = call.optional(2) ? call.numbers(2).data[0]! : Infinity
    return [combine([call.numbers(0)], call.numbers(0).dtype, (x) => Math.min(Math.max(x, low), high))]
  },

  Equal: (call) => {
    const [a, b] = [call.any(0), call.any(1)]
    if (a.dtype === 'string' || b.dtype === 'string') {
      const shape = broadcastShape(a.shape, b.shape)
      const result: number[] = []
      forEachPosition(shape, (position) => {
        const [left, right] = [a, b].map((array) => array.data[broadcastIndex(array.shape, position)])
        result.push(Number(left === right))
      })
      return [numbers('bool', shape, result)]
    }
    return [combine([a, b], 'bool', (x, y) => Number(x === y))]
  },
  Less: comparison((a, b) => a < b),
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  LessOrEqual: comparison((a, b) => a <= b),
  Xor: comparison((a, b) => (a !== 0) !== (b !== 0)),
  IsNaN: (call) => [combine([call.numbers(0)], 'bool', (x) => Number(Number.isNaN(x)))],
  IsInf: (call) => [combine([call.numbers(0)], 'bool', (x) => Number(Math.abs(x) === Infinity))],
  And: comparison((a, b) => a !== 0 && b !== 0),
  Or: comparison((a, b) => a !== 0 || b !== 0),
  Not: (call) => [combine([call.numbers(0)], 'bool', (x) => Number(x === 0))],
  Where: (call) => [
    combine([call.numbers(0), call.numbers(1), call.numbers(2)], call.numbers(1).dtype, (condition, a, b) =>
      condition !== 0 ? a : b,
    ),
  ],

  BitShift: (call) => {
    const left = call.text('direction') === 'LEFT'
    return [
      combine([call.numbers(0), call.numbers(1)], call.numbers(0).dtype, (x, bits) =>
        left ? wrap('uint32', x * 2 ** bits) : Math.floor(x / 2 ** bits),
      ),
    ]
  },
  BitwiseAnd: arithmetic((a, b) => (a & b) >>> 0),
  BitwiseOr: arithmetic((a, b) => (a | b) >>> 0),
  BitwiseXor: arithmetic((a, b) => (a ^ b) >>> 0),
}
