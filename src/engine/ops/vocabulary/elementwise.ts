/** Ops that compute every element on its own, as methods spelled like them. */
import type { Value } from '../../graph/graph.ts'
import { attributesOf, float, int, text } from '../attributes.ts'
import { Words } from './words.ts'

export abstract class ElementwiseWords extends Words {
  Pow = (a: Value, b: Value): Value => this.only('Pow', [a, b])
  Max = (...values: Value[]): Value => this.only('Max', values)
  Min = (...values: Value[]): Value => this.only('Min', values)
  Sum = (values: readonly Value[]): Value => this.only('Sum', values)
  Mean = (values: readonly Value[]): Value => this.only('Mean', values)
  /** The remainder with the sign of a (of b for whole numbers). */
  Mod = (a: Value, b: Value): Value =>
    this.only('Mod', [a, b], a.dtype === 'float32' || a.dtype === 'float64' ? { fmod: int(1) } : {})
  Clip = (x: Value, low: Value | null, high: Value | null): Value => this.only('Clip', [x, low, high])
  Where = (condition: Value, a: Value, b: Value): Value => this.only('Where', [condition, a, b])
  Neg = (x: Value): Value => this.only('Neg', [x])
  Abs = (x: Value): Value => this.only('Abs', [x])
  Sign = (x: Value): Value => this.only('Sign', [x])
  Floor = (x: Value): Value => this.only('Floor', [x])
  Ceil = (x: Value): Value => this.only('Ceil', [x])
  /** To the nearest whole number, halves to the even one. */
  Round = (x: Value): Value => this.only('Round', [x])
  Sqrt = (x: Value): Value => this.only('Sqrt', [x])
  Exp = (x: Value): Value => this.only('Exp', [x])
  Log = (x: Value): Value => this.only('Log', [x])
  Reciprocal = (x: Value): Value => this.only('Reciprocal', [x])
  Sin = (x: Value): Value => this.only('Sin', [x])
  Cos = (x: Value): Value => this.only('Cos', [x])
  Tan = (x: Value): Value => this.only('Tan', [x])
  Asin = (x: Value): Value => this.only('Asin', [x])
  Acos = (x: Value): Value => this.only('Acos', [x])
  Atan = (x: Value): Value => this.only('Atan', [x])
  Sinh = (x: Value): Value => this.only('Sinh', [x])
  Cosh = (x: Value): Value => this.only('Cosh', [x])
  Asinh = (x: Value): Value => this.only('Asinh', [x])
  Acosh = (x: Value): Value => this.only('Acosh', [x])
  Atanh = (x: Value): Value => this.only('Atanh', [x])
  Erf = (x: Value): Value => this.only('Erf', [x])

  Relu = (x: Value): Value => this.only('Relu', [x])
  LeakyRelu = (x: Value, alpha: number): Value => this.only('LeakyRelu', [x], { alpha: float(alpha) })
  PRelu = (x: Value, slope: Value): Value => this.only('PRelu', [x, slope])
  ThresholdedRelu = (x: Value, alpha = 1): Value => this.only('ThresholdedRelu', [x], { alpha: float(alpha) })
  Elu = (x: Value, alpha: number): Value => this.only('Elu', [x], { alpha: float(alpha) })
  Celu = (x: Value, alpha = 1): Value => this.only('Celu', [x], { alpha: float(alpha) })
  Selu = (x: Value): Value => this.only('Selu', [x])
  Gelu = (x: Value, approximate: 'none' | 'tanh' = 'none'): Value =>
    this.only('Gelu', [x], approximate === 'none' ? {} : attributesOf({ approximate }))
  Mish = (x: Value): Value => this.only('Mish', [x])
  HardSwish = (x: Value): Value => this.only('HardSwish', [x])
  Sigmoid = (x: Value): Value => this.only('Sigmoid', [x])
  /** min(max(alpha x + beta, 0), 1). */
  HardSigmoid = (x: Value, alpha = 0.2, beta = 0.5): Value =>
    this.only('HardSigmoid', [x], { alpha: float(alpha), beta: float(beta) })
  Tanh = (x: Value): Value => this.only('Tanh', [x])
  Softplus = (x: Value): Value => this.only('Softplus', [x])
  Softsign = (x: Value): Value => this.only('Softsign', [x])
  Softmax = (x: Value, axis = -1): Value => this.only('Softmax', [x], { axis: int(axis) })
  LogSoftmax = (x: Value, axis = -1): Value => this.only('LogSoftmax', [x], { axis: int(axis) })
  /** 1 at the first largest element along the axis, 0 elsewhere. */
  Hardmax = (x: Value, axis = -1): Value => this.only('Hardmax', [x], attributesOf({ axis }))

  Equal = (a: Value, b: Value): Value => this.only('Equal', [a, b])
  Less = (a: Value, b: Value): Value => this.only('Less', [a, b])
  LessOrEqual = (a: Value, b: Value): Value => this.only('LessOrEqual', [a, b])
  Greater = (a: Value, b: Value): Value => this.only('Greater', [a, b])
  GreaterOrEqual = (a: Value, b: Value): Value => this.only('GreaterOrEqual', [a, b])
  And = (a: Value, b: Value): Value => this.only('And', [a, b])
  Or = (a: Value, b: Value): Value => this.only('Or', [a, b])
  Xor = (a: Value, b: Value): Value => this.only('Xor', [a, b])
  Not = (x: Value): Value => this.only('Not', [x])
  IsNaN = (x: Value): Value => this.only('IsNaN', [x])
  IsInf = (x: Value): Value => this.only('IsInf', [x])
  BitShift = (x: Value, by: Value, direction: 'LEFT' | 'RIGHT'): Value =>
    this.only('BitShift', [x, by], { direction: text(direction) })
  BitwiseAnd = (a: Value, b: Value): Value => this.only('BitwiseAnd', [a, b])
  BitwiseOr = (a: Value, b: Value): Value => this.only('BitwiseOr', [a, b])
  BitwiseXor = (a: Value, b: Value): Value => this.only('BitwiseXor', [a, b])
}
