/**
 * Functions of one number that a file spells out in ops, x · (1 + erf(x / √2)) / 2, recognized by what they compute: the
 * toolbox' function that has the same values.
 */
import { activationKinds, applyActivation, type ActivationKind } from '#engine/activations.ts'
import type { Attribute, Node } from '#engine/graph/graph.ts'
import { Builder } from '#engine/ops/builder.ts'
import type { FileNode } from '#engine/onnx/read.ts'
import type { ParamValue } from '#engine/project/project.ts'
import { typed } from '../numbers.ts'

export type Curve =
  | { readonly op: 'x' }
  | { readonly op: 'number'; readonly value: number }
  | {
      readonly op: string
      readonly inputs: readonly Curve[]
      readonly attributes: Readonly<Record<string, number>>
      /** The node of the file that ends in it; null for one that was made here. */
      readonly node: FileNode | null
    }

export const identity: Curve = { op: 'x' }
export const number = (value: number): Curve => ({ op: 'number', value })
export const apply = (
  op: string,
  inputs: readonly Curve[],
  attributes: Readonly<Record<string, number>> = {},
  node: FileNode | null = null,
): Curve => ({ op, inputs, attributes, node })

export const operands = (curve: Curve): readonly Curve[] => ('inputs' in curve ? curve.inputs : [])

type Scalar = (inputs: readonly number[], attribute: (name: string, preset: number) => number) => number

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high)
const elu = (x: number, alpha: number): number => (x > 0 ? x : alpha * Math.expm1(x))

/** (2/√π) ∫₀ˣ e^(-t²) dt, to 1.2e-7 (Numerical Recipes' erfc, a Chebyshev fit). */
function erf(x: number): number {
  const t = 1 / (1 + 0.5 * Math.abs(x))
  const fit = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ].reduceRight((sum, coefficient) => sum * t + coefficient, 0)
  const rest = t * Math.exp(-x * x + fit)
  return x >= 0 ? 1 - rest : rest - 1
}

const gelu = (x: number): number => (x / 2) * (1 + erf(x * Math.SQRT1_2))

const arithmetic =
  (combine: (a: number, b: number) => number): Scalar =>
  ([first = 0, ...rest]) =>
    rest.reduce((sum, next) => combine(sum, next), first)
const each =
  (of: (x: number) => number): Scalar =>
  ([x = 0]) =>
    of(x)

/** ONNX ops that work on each number by itself. */
const scalars: Readonly<Record<string, Scalar>> = {
  Add: arithmetic((a, b) => a + b),
  Sum: arithmetic((a, b) => a + b),
  Sub: arithmetic((a, b) => a - b),
  Mul: arithmetic((a, b) => a * b),
  Div: arithmetic((a, b) => a / b),
  Pow: arithmetic((a, b) => a ** b),
  Max: arithmetic(Math.max),
  Min: arithmetic(Math.min),
  Greater: arithmetic((a, b) => Number(a > b)),
  GreaterOrEqual: arithmetic((a, b) => Number(a >= b)),
  Less: arithmetic((a, b) => Number(a < b)),
  LessOrEqual: arithmetic((a, b) => Number(a <= b)),
  Where: ([condition = 0, a = 0, b = 0]) => (condition === 0 ? b : a),
  Abs: each(Math.abs),
  Neg: each((x) => -x),
  Exp: each(Math.exp),
  Log: each(Math.log),
  Sqrt: each(Math.sqrt),
  Reciprocal: each((x) => 1 / x),
  Erf: each(erf),
  Tanh: each(Math.tanh),
  Sigmoid: each(sigmoid),
  Softplus: each(softplus),
  Softsign: each((x) => x / (1 + Math.abs(x))),
  Relu: each((x) => Math.max(x, 0)),
  Mish: each((x) => x * Math.tanh(softplus(x))),
  HardSwish: each((x) => x * clip(x / 6 + 0.5, 0, 1)),
  Gelu: ([x = 0], attribute) =>
    attribute('approximate', 0) === 0
      ? gelu(x)
      : (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  Swish: ([x = 0], attribute) => x * sigmoid(attribute('alpha', 1) * x),
  LeakyRelu: ([x = 0], attribute) => (x < 0 ? attribute('alpha', 0.01) * x : x),
  Elu: ([x = 0], attribute) => elu(x, attribute('alpha', 1)),
  Celu: ([x = 0], attribute) => elu(x / attribute('alpha', 1), 1) * attribute('alpha', 1),
  Selu: ([x = 0], attribute) => attribute('gamma', 1.0507009873554805) * elu(x, attribute('alpha', 1.6732632423543772)),
  HardSigmoid: ([x = 0], attribute) => clip(attribute('alpha', 0.2) * x + attribute('beta', 0.5), 0, 1),
  ThresholdedRelu: ([x = 0], attribute) => (x > attribute('alpha', 1) ? x : 0),
  Shrink: ([x = 0], attribute) => {
    const [limit, bias] = [attribute('lambd', 0.5), attribute('bias', 0)]
    return x < -limit ? x + bias : x > limit ? x - bias : 0
  },
  Clip: ([x = 0, low = -Infinity, high = Infinity]) => clip(x, low, high),
}

export const isScalarOp = (op: string): boolean => Object.hasOwn(scalars, op)

function valueOf(curve: Curve, x: number, done: Map<Curve, number>): number {
  if (curve.op === 'x') return x
  if ('value' in curve) return curve.value
  const known = done.get(curve)
  if (known !== undefined) return known
  const attributes = 'attributes' in curve ? curve.attributes : {}
  const inputs = operands(curve).map((input) => valueOf(input, x, done))
  const value = scalars[curve.op]?.(inputs, (name, preset) => attributes[name] ?? preset) ?? Number.NaN
  done.set(curve, value)
  return value
}

/** Where functions are compared; none of them is a corner of one of the toolbox'. */
const probes = [...Array.from({ length: 33 }, (_, index) => -6.03 + index * 0.377), -31.7, -11.3, 11.9, 29.3]

const valuesOf = (curve: Curve): readonly number[] => probes.map((x) => valueOf(curve, x, new Map()))

/** Constants of a file have been float32. */
const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((value, index) => {
    const other = b[index] ?? Number.NaN
    return Math.abs(value - other) <= 3e-6 * Math.max(1, Math.abs(other))
  })

/** The toolbox' activations as curves, from the graph each of them is. Those over several numbers, as softmax, are none. */
const activations: ReadonlyMap<ActivationKind, readonly number[]> = new Map(
  activationKinds.flatMap((kind) => {
    const curve = curveOf(kind)
    return curve ? [[kind, valuesOf(curve)] as const] : []
  }),
)

function curveOf(kind: ActivationKind): Curve | null {
  const g = new Builder(kind)
  const x = g.input('x', 'float32', ['batch', 2])
  const output = applyActivation(g, kind, x)
  const curves = new Map<string, Curve>([[x.name, identity]])
  for (const [name, { data }] of g.graph.initializers) curves.set(name, number(Number(data[0] ?? 0)))
  for (const node of g.graph.nodes) {
    if (!isScalarOp(node.op)) return null
    // Only Clip leaves inputs out: the bounds it has not.
    const inputs = node.inputs.map(
      (value, index) => (value && curves.get(value.name)) ?? number(index === 1 ? -Infinity : Infinity),
    )
    const [result] = node.outputs
    if (result) curves.set(result.name, apply(node.op, inputs, numbersOf(node)))
  }
  return curves.get(output.name) ?? null
}

function numbersOf({ attributes }: Node): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, attribute]: [string, Attribute]) =>
      attribute.type === 'float' || attribute.type === 'int' ? [[name, attribute.value]] : [],
    ),
  )
}

/** A function of the toolbox. */
export type Recognized =
  | { readonly kind: 'linear'; readonly factor: number; readonly offset: number }
  | { readonly kind: 'layer'; readonly layer: string; readonly params: Readonly<Record<string, ParamValue>> }

/** The function of the toolbox with the same values; null where there is none. */
export function recognize(curve: Curve): Recognized | null {
  const values = valuesOf(curve)
  const at = (x: number): number => valueOf(curve, x, new Map())
  const is = (of: (x: number) => number): boolean => same(values, probes.map(of))
  const layer = (name: string, params: Readonly<Record<string, ParamValue>>): Recognized => ({
    kind: 'layer',
    layer: name,
    params,
  })
  const [factor, offset] = [at(1) - at(0), at(0)]
  if (is((x) => factor * x + offset))
    return { kind: 'linear', factor: Math.fround(factor), offset: Math.fround(offset) }
  for (const [kind, expected] of activations)
    if (same(values, expected)) return layer('activation', { activation: kind })
  const slope = -at(-1)
  if (slope < 0 ? false : is((x) => (x < 0 ? slope * x : x)))
    return layer('leakyRelu', { negativeSlope: typed(Math.fround(slope)) })
  const maxValue = at(1e6)
  if (is((x) => clip(x, 0, maxValue))) return layer('relu', { maxValue: typed(Math.fround(maxValue)) })
  const alpha = -at(-60)
  if (is((x) => elu(x, alpha))) return layer('elu', { alpha: typed(Math.fround(alpha)) })
  const threshold = curve.op === 'ThresholdedRelu' && 'attributes' in curve ? (curve.attributes['alpha'] ?? 1) : -1
  if (threshold >= 0 && is((x) => (x > threshold ? x : 0))) return layer('relu', { threshold: typed(threshold) })
  return null
}

/** The same function in simpler ops, where its last op alone is none of the toolbox'; null where there are none. */
export function respelled(curve: Curve): Curve | null {
  const simpler = spelling(curve)
  return simpler && 'node' in curve && 'node' in simpler ? { ...simpler, node: curve.node } : simpler
}

function spelling(curve: Curve): Curve | null {
  const [x = identity, ...rest] = operands(curve)
  const numbers = rest.map((each) => ('value' in each ? each.value : Number.NaN))
  const attribute = (name: string, preset: number): number =>
    ('attributes' in curve ? curve.attributes[name] : undefined) ?? preset
  const linear = (of: Curve, factor: number, offset: number): Curve =>
    apply('Add', [apply('Mul', [of, number(factor)]), number(offset)])
  const [first = Number.NaN, second = Infinity] = numbers
  if (curve.op === 'HardSigmoid')
    return apply('Clip', [linear(x, attribute('alpha', 0.2), attribute('beta', 0.5)), number(0), number(1)])
  const alpha = attribute('alpha', 1)
  if (curve.op === 'Celu') return linear(apply('Elu', [linear(x, 1 / alpha, 0)]), alpha, 0)
  if (curve.op === 'Abs') return apply('Max', [x, apply('Neg', [x])])
  if (curve.op === 'Pow' && first === 2) return apply('Mul', [x, x])
  if (curve.op === 'Max' && Number.isFinite(first)) return linear(apply('Relu', [linear(x, 1, -first)]), 1, first)
  if (curve.op === 'Min' && Number.isFinite(first)) return linear(apply('Relu', [linear(x, -1, first)]), -1, first)
  if (curve.op === 'Clip' && first === -Infinity && Number.isFinite(second)) return apply('Min', [x, number(second)])
  if (curve.op === 'Clip' && Number.isFinite(first) && first !== 0 && second > first)
    return linear(apply('Clip', [linear(x, 1, -first), number(0), number(second - first)]), 1, first)
  return null
}
