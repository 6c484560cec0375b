/** A sample with its gradients, and the gradients of those. */
import { gradients } from '#engine/autodiff.ts'
import { finish } from '#engine/graph/finish.ts'
import type { Graph, Tensor, Value } from '#engine/graph/graph.ts'
import { verify } from '#engine/graph/verify.ts'
import { Builder } from '#engine/ops/builder.ts'
import { differences, distance, distanceAlong } from './differences.ts'
import { evaluateNumbers, functionsOf } from './evaluate64.ts'
import { dtypeOf, feed, sizesOf, type Real, type Sample } from './samples/sample.ts'

/** The gradients of these make the images of a batch the groups of a convolution: their number must be known. */
const knownBatch: readonly string[] = ['Conv', 'ConvTranspose', 'ConvInputGradient']

const isReal = (value: Value): boolean => value.dtype === 'float64' || value.dtype === 'float32'

const waves = (count: number, seed: number) => Array.from({ length: count }, (_, k) => Math.sin(1 + 7 * k + seed))

/** Which of the two scalars is differentiated. */
type Of = 'scalar' | 'slope'

export class Differentiated {
  readonly graph: Graph
  readonly #sample: Sample
  readonly #real: Real
  readonly #inputs: readonly Value[]
  readonly #weights: Record<string, Tensor> = {}
  readonly #parts = new Map<string, Graph>()

  /**
   * The sample's outputs projected to `scalar`, the gradients of that projected to `slope`; `scalar.0`, `slope.0` and so on
   * are their gradients by the real operands.
   */
  constructor(op: string, sample: Sample, real: Real) {
    this.#sample = sample
    this.#real = real
    const g = new Builder('sample')
    const operands = sample.operands.map((operand, index) =>
      g.input(`x${index}`, dtypeOf(operand, real), knownBatch.includes(op) ? sizesOf(operand.shape) : operand.shape),
    )
    this.#inputs = operands.filter(isReal)
    const scalar = this.#project(g, sample.build(g, operands).filter(isReal), 'weight')
    const first = gradients(g, scalar, this.#inputs)
    const slope = this.#project(g, first, 'direction')
    const second = gradients(g, slope, this.#inputs)
    g.output(scalar, 'scalar')
    g.output(slope, 'slope')
    first.forEach((gradient, index) => g.output(gradient, `scalar.${index}`))
    second.forEach((gradient, index) => g.output(gradient, `slope.${index}`))
    verify(g.graph)
    this.graph = g.graph
  }

  /** Values weighted by fixed numbers and summed up: a scalar that depends on each of their elements. */
  #project(g: Builder, values: readonly Value[], name: string): Value {
    return values
      .map((value, index) => {
        const weights = g.input(`${name}${index}`, this.#real, value.shape)
        const operand = { dtype: 'real', shape: value.shape, fill: waves } as const
        this.#weights[weights.name] = feed(operand, this.#real, index)
        return g.ReduceSum(g.Mul(value, g.Cast(weights, value.dtype)), null)
      })
      .reduce((sum, part) => g.Add(sum, g.Cast(part, sum.dtype)), g.scalar(0, this.#real))
  }

  /** Numbers for every input of the graph. */
  feeds(seed: number): Record<string, Tensor> {
    const operands = this.#sample.operands.map((operand, index) => [
      `x${index}`,
      feed(operand, this.#real, seed + index),
    ])
    return { ...this.#weights, ...Object.fromEntries(operands) }
  }

  /** What only this output needs. */
  #only(name: string): Graph {
    const known = this.#parts.get(name)
    if (known) return known
    const part = finish({ ...this.graph, outputs: this.graph.outputs.filter((output) => output.name === name) })
    this.#parts.set(name, part)
    return part
  }

  /** How far the gradients of one of the two scalars are from central differences, element by element. */
  error(seed: number, of: Of): number {
    return this.#compare(seed, of, (numeric, at, analytic) => distance(analytic, differences(numeric, at)))
  }

  /** The same along two directions instead: it misses no wrong rule either, but takes few evaluations. */
  errorAlong(seed: number, of: Of): number {
    return this.#compare(seed, of, distanceAlong)
  }

  /** The largest error over all inputs, found from the scalar as a function of the input and its gradient. */
  #compare(
    seed: number,
    of: Of,
    measure: (numeric: (at: Float64Array) => number, at: Float64Array, analytic: Float64Array) => number,
  ): number {
    const feeds = this.feeds(seed)
    const numeric = functionsOf(this.#only(of), feeds)
    return Math.max(
      ...this.#inputs.map((input, index) => {
        const tensor = feeds[input.name]!
        const analytic = evaluateNumbers(this.#only(`${of}.${index}`), feeds)
        const scalar = numeric(input.name)
        return measure((at) => scalar(at).data[0]!, Float64Array.from(tensor.data, Number), analytic.data)
      }),
    )
  }
}
