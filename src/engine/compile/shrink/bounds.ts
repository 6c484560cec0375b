/** Between which numbers the results of elementwise ops lie, when their operands lie between given ones. */
import { floatAttribute, textAttribute } from '../../ops/attributes.ts'
import type { Node } from '../../graph/graph.ts'

export interface Bounds {
  readonly low: number
  readonly high: number
}

export const unbounded: Bounds = { low: -Infinity, high: Infinity }

/** The bounds of these two ends; none at all where one of them is no number. */
export const between = (low: number, high: number): Bounds =>
  Number.isNaN(low) || Number.isNaN(high) ? unbounded : { low, high }

export const hull = (one: Bounds, other: Bounds): Bounds =>
  between(Math.min(one.low, other.low), Math.max(one.high, other.high))

/** 0 times anything is 0: weights are finite, and so is what a network computes. */
export const times = (weight: number, end: number): number => (weight === 0 || end === 0 ? 0 : weight * end)

export const isConstant = ({ low, high }: Bounds): boolean => low === high && Number.isFinite(low)

/** Bounds of the result of a node, from those of its inputs; null for an input left out. */
type Image = (node: Node, operands: readonly (Bounds | null)[]) => Bounds

type Function1 = (x: number, attributes: Node['attributes']) => number

const only = (operands: readonly (Bounds | null)[]): Bounds => operands[0] ?? unbounded

const increasing =
  (of: Function1): Image =>
  ({ attributes }, operands) => {
    const { low, high } = only(operands)
    return between(of(low, attributes), of(high, attributes))
  }

/** Known where the operand is one number. */
const atPoints =
  (of: Function1, otherwise: Bounds = unbounded): Image =>
  ({ attributes }, operands) => {
    const operand = only(operands)
    if (!isConstant(operand)) return otherwise
    const result = of(operand.low, attributes)
    return between(result, result)
  }

const fold =
  (combine: (one: Bounds, other: Bounds) => Bounds): Image =>
  (_, [first, ...rest]) =>
    rest.reduce<Bounds>((result, operand) => combine(result, operand ?? unbounded), first ?? unbounded)

const add = (a: Bounds, b: Bounds): Bounds => between(a.low + b.low, a.high + b.high)

function multiply(a: Bounds, b: Bounds): Bounds {
  const ends = [times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high)]
  return between(Math.min(...ends), Math.max(...ends))
}

const reciprocal = ({ low, high }: Bounds): Bounds => (low > 0 || high < 0 ? between(1 / high, 1 / low) : unbounded)

const elu = (x: number, alpha: number): number => (x > 0 ? x : alpha * Math.expm1(x))

/** The error function: its series near 0, further out the continued fraction of its complement. */
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

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

function gelu(x: number, attributes: Node['attributes']): number {
  const gate =
    textAttribute(attributes, 'approximate', 'none') === 'tanh'
      ? Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))
      : erf(x / Math.SQRT2)
  return (x / 2) * (1 + gate)
}

const truth: Image = () => ({ low: 0, high: 1 })
const unknown: Image = () => unbounded

/** ONNX's own alpha and gamma of Selu. */
const selu = { alpha: 1.67326319217681884765625, gamma: 1.05070102214813232421875 }

/** Every op that computes each element from those at its place. */
export const images: Readonly<Record<string, Image>> = {
  Identity: (_, operands) => only(operands),
  Relu: increasing((x) => Math.max(x, 0)),
  Sigmoid: increasing((x) => 1 / (1 + Math.exp(-x))),
  Tanh: increasing((x) => Math.tanh(x)),
  Softplus: increasing(softplus),
  Erf: increasing(erf),
  Exp: increasing(Math.exp),
  Log: increasing(Math.log),
  Sqrt: increasing(Math.sqrt),
  Floor: increasing(Math.floor),
  Ceil: increasing(Math.ceil),
  Sign: increasing(Math.sign),
  Softsign: increasing((x) => (Number.isFinite(x) ? x / (1 + Math.abs(x)) : Math.sign(x))),
  Elu: increasing((x, attributes) => elu(x, floatAttribute(attributes, 'alpha', 1))),
  Selu: increasing(
    (x, attributes) =>
      floatAttribute(attributes, 'gamma', selu.gamma) * elu(x, floatAttribute(attributes, 'alpha', selu.alpha)),
  ),
  Celu: increasing((x, attributes) => {
    const alpha = floatAttribute(attributes, 'alpha', 1)
    return x > 0 ? x : alpha * Math.expm1(x / alpha)
  }),
  ThresholdedRelu: atPoints((x, attributes) => (x > floatAttribute(attributes, 'alpha', 1) ? x : 0)),
  LeakyRelu: atPoints((x, attributes) => (x < 0 ? floatAttribute(attributes, 'alpha', 0.01) * x : x)),
  HardSigmoid: atPoints(
    (x, attributes) => {
      const [alpha, beta] = [floatAttribute(attributes, 'alpha', 0.2), floatAttribute(attributes, 'beta', 0.5)]
      return Math.min(Math.max(alpha * x + beta, 0), 1)
    },
    { low: 0, high: 1 },
  ),
  HardSwish: atPoints((x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1)),
  Gelu: atPoints(gelu),
  Mish: atPoints((x) => x * Math.tanh(softplus(x))),
  Abs: atPoints(Math.abs, { low: 0, high: Infinity }),
  Neg: (_, operands) => between(-only(operands).high, -only(operands).low),
  Reciprocal: (_, operands) => reciprocal(only(operands)),

  Add: fold(add),
  Sum: fold(add),
  Sub: fold((a, b) => add(a, between(-b.high, -b.low))),
  Mul: fold(multiply),
  Div: fold((a, b) => multiply(a, reciprocal(b))),
  Max: fold((a, b) => between(Math.max(a.low, b.low), Math.max(a.high, b.high))),
  Min: fold((a, b) => between(Math.min(a.low, b.low), Math.min(a.high, b.high))),
  Mean: fold(hull),
  Pow: (_, [base, exponent]) => {
    if (!base || !exponent || !isConstant(base) || !isConstant(exponent)) return unbounded
    return between(base.low ** exponent.low, base.low ** exponent.low)
  },
  PRelu: (_, [x, slope]) => {
    if (!x || !slope || !isConstant(x) || !isConstant(slope)) return unbounded
    const result = x.low < 0 ? x.low * slope.low : x.low
    return between(result, result)
  },
  Clip: (_, [x, least, most]) => {
    const clip = (end: number): number => Math.min(Math.max(end, least?.low ?? -Infinity), most?.low ?? Infinity)
    return between(clip((x ?? unbounded).low), clip((x ?? unbounded).high))
  },
  Where: (_, [, one, other]) => hull(one ?? unbounded, other ?? unbounded),

  ...Object.fromEntries(
    ['Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual', 'And', 'Or', 'Xor', 'Not', 'IsNaN', 'IsInf'].map(
      (op) => [op, truth],
    ),
  ),
  ...Object.fromEntries(
    [
      'Cast',
      'Round',
      'Mod',
      'Sin',
      'Cos',
      'Tan',
      'Asin',
      'Acos',
      'Atan',
      'Sinh',
      'Cosh',
      'Asinh',
      'Acosh',
      'Atanh',
    ].map((op) => [op, unknown]),
  ),
}
