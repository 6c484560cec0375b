/** Normalization by mean and variance, channels first. */
import { GraphError, formatShape, sameShape, sizeOf, type Dim, type Shape, type Value } from '../graph/graph.ts'
import { floatAttribute, intAttribute } from './attributes.ts'
import type { Builder } from './builder.ts'
import { inputOf, normalizeAxis, type InferContext, type Op, type ValueType } from './op.ts'

/** All axes but the channels'. */
function axesBesideChannels(shape: Shape): readonly number[] {
  return shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]))
}

/** A value per channel, [channels], against others of this shape. */
function alongChannels(g: Builder, value: Value, shape: Shape): Value {
  const axes = axesBesideChannels(shape)
  return shape.length === 2 ? value : g.Unsqueeze(value, axes)
}

/** 1 / √(variance + ε). */
function reciprocalDeviation(g: Builder, variance: Value, epsilon: number): Value {
  return g.Reciprocal(g.Sqrt(g.Add(variance, g.scalar(epsilon, variance.dtype))))
}

/** A value per channel for every input but the first. */
function perChannel(context: InferContext, inputs: number): ValueType {
  const { dtype, shape } = inputOf(context, 0)
  const channels = shape[1] ?? 1
  for (let index = 1; index < inputs; index++) {
    const given = inputOf(context, index).shape
    if (given.length !== 1 || given[0] !== channels)
      throw new GraphError(
        `${context.op} of ${formatShape(shape)} needs [${channels}] as input ${index}, not ${formatShape(given)}`,
      )
  }
  return { dtype, shape }
}

/** x̂ = (x - μ) r with μ and r = 1/σ from x itself over these axes:  dx = r (dx̂ - mean dx̂ - x̂ mean (dx̂ x̂)) */
function standardizedGradient(g: Builder, dy: Value, x: Value, scale: Value, axes: readonly number[]): Value {
  const shared = g.ReduceMean(g.Mul(dy, x), axes, true)
  return g.Mul(scale, g.Sub(g.Sub(dy, g.ReduceMean(dy, axes, true)), g.Mul(x, shared)))
}

export const normalization: Record<string, Op> = {
  BatchNormalization: {
    // What ONNX calls its training mode writes over its inputs in onnxruntime: the statistics of a batch are computed apart.
    infer: (context) => {
      if (intAttribute(context.attributes, 'training_mode', 0) === 1 || context.outputs > 1)
        throw new GraphError('BatchNormalization takes mean and variance as they are given here')
      return [perChannel(context, 5)]
    },
    // y = γ (x - μ) r + β, r = 1/√(σ² + ε):
    // dx = γ r dy,  dγ = r Σ dy (x - μ),  dβ = Σ dy,  dμ = -γ r Σ dy,  dσ² = -γ r³ Σ dy (x - μ) / 2
    gradient: ({ g, dy, node, input }) => {
      const [x, gamma, mean, variance] = [input(0), input(1), input(3), input(4)]
      const axes = axesBesideChannels(x.shape)
      const reciprocal = reciprocalDeviation(g, variance, floatAttribute(node.attributes, 'epsilon', 1e-5))
      const factor = g.Mul(gamma, reciprocal)
      const sum = g.ReduceSum(dy, axes)
      const centered = g.Sub(x, alongChannels(g, mean, x.shape))
      const product = g.ReduceSum(g.Mul(dy, centered), axes)
      const cube = g.Mul(factor, g.Mul(reciprocal, reciprocal))
      return [
        g.Mul(dy, alongChannels(g, factor, x.shape)),
        g.Mul(product, reciprocal),
        sum,
        g.Neg(g.Mul(factor, sum)),
        g.Mul(g.Mul(cube, product), g.scalar(-0.5, dy.dtype)),
      ]
    },
  },
  InstanceNormalization: {
    infer: (context) => [perChannel(context, 3)],
    // y = γ (x - μ) r + β, μ and r = 1/√(σ² + ε) of each channel of each row:  dγ = Σ dy (x - μ) r,  dβ = Σ dy
    gradient: ({ g, dy, node, input }) => {
      const x = input(0)
      const places = axesBesideChannels(x.shape).slice(1)
      const centered = g.Sub(x, g.ReduceMean(x, places, true))
      const variance = g.ReduceMean(g.Mul(centered, centered), places, true)
      const reciprocal = reciprocalDeviation(g, variance, floatAttribute(node.attributes, 'epsilon', 1e-5))
      const normalized = g.Mul(centered, reciprocal)
      const inner = g.Mul(dy, alongChannels(g, input(1), x.shape))
      const axes = axesBesideChannels(x.shape)
      return [
        standardizedGradient(g, inner, normalized, reciprocal, places),
        g.ReduceSum(g.Mul(dy, normalized), axes),
        g.ReduceSum(dy, axes),
      ]
    },
  },
  GroupNormalization: {
    infer: (context) => {
      const type = perChannel(context, 3)
      const groups = intAttribute(context.attributes, 'num_groups', 0)
      if (sizeOf([type.shape[1] ?? 0]) % groups !== 0)
        throw new GraphError(
          `${context.op} cannot part the channels of ${formatShape(type.shape)} into ${groups} groups`,
        )
      return [type]
    },
    // y = γ (x - μ) r + β, μ and r = 1/√(σ² + ε) of each group of channels of each row:  dγ = Σ dy (x - μ) r,  dβ = Σ dy
    gradient: ({ g, dy, node, input }) => {
      const x = input(0)
      const shape = [0, intAttribute(node.attributes, 'num_groups', 0), -1]
      const grouped = g.Reshape(x, shape)
      const centered = g.Sub(grouped, g.ReduceMean(grouped, [2], true))
      const variance = g.ReduceMean(g.Mul(centered, centered), [2], true)
      const reciprocal = reciprocalDeviation(g, variance, floatAttribute(node.attributes, 'epsilon', 1e-5))
      const normalized = g.Mul(centered, reciprocal)
      const inner = g.Reshape(g.Mul(dy, alongChannels(g, input(1), x.shape)), shape)
      const axes = axesBesideChannels(x.shape)
      return [
        g.ReshapeLike(standardizedGradient(g, inner, normalized, reciprocal, [2]), x),
        g.ReduceSum(g.Mul(dy, g.ReshapeLike(normalized, x)), axes),
        g.ReduceSum(dy, axes),
      ]
    },
  },
  LayerNormalization: {
    infer: (context) => {
      const { dtype, shape } = inputOf(context, 0)
      const axis = normalizeAxis(intAttribute(context.attributes, 'axis', -1), shape.length)
      for (const value of context.inputs.slice(1))
        if (value && !sameShape(value.shape, shape.slice(axis)))
          throw new GraphError(
            `LayerNormalization of ${formatShape(shape)} from axis ${axis} on needs ${formatShape(shape.slice(axis))}, not ${formatShape(value.shape)}`,
          )
      const statistic = { dtype, shape: shape.map((dim, at): Dim => (at < axis ? dim : 1)) }
      return [{ dtype, shape }, statistic, statistic].slice(0, context.outputs)
    },
    // y = γ (x - μ) r + β, μ and r = 1/√(σ² + ε) over the last axes, n elements:  dγ = Σ dy (x - μ) r,  dβ = Σ dy,
    // and where μ and r are results themselves, dx has dμ / n - (x - μ) r³ dr / n too
    gradient: ({ g, dy, node, input, gradients: [, dmean, dreciprocal] }) => {
      const x = input(0)
      const first = normalizeAxis(intAttribute(node.attributes, 'axis', -1), x.shape.length)
      const axes = x.shape.flatMap((_, axis) => (axis >= first ? [axis] : []))
      const type = { dtype: x.dtype, shape: x.shape.map((dim, axis): Dim => (axis < first ? dim : 1)) }
      const mean = g.lateOutput(node, 1, type)
      const reciprocal = g.lateOutput(node, 2, type)
      const normalized = g.Mul(g.Sub(x, mean), reciprocal)
      const dx = standardizedGradient(g, g.Mul(dy, input(1)), normalized, reciprocal, axes)
      const share = g.Reciprocal(g.count(x, axes))
      const square = g.Mul(reciprocal, reciprocal)
      const shift = dmean ? g.Add(dx, g.Mul(dmean, share)) : dx
      const all = dreciprocal ? g.Sub(shift, g.Mul(normalized, g.Mul(g.Mul(dreciprocal, square), share))) : shift
      return [all, g.Mul(dy, normalized), node.inputs[2] ? dy : null]
    },
  },
}
