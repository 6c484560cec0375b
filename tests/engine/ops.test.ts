import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import type { Graph, Tensor, Value } from '#engine/graph/graph.ts'
import { finish } from '#engine/graph/finish.ts'
import { verify } from '#engine/graph/verify.ts'
import { Builder } from '#engine/ops/builder.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { ops } from '#engine/ops/table.ts'
import { differences, distance } from '../support/differences.ts'
import { evaluate64, evaluated, evaluateNumbers } from '../support/evaluate64.ts'
import { batch, dtypeOf, feed, samples, type Sample } from '../support/samples.ts'

const isReal = (value: Value) => value.dtype === 'float64' || value.dtype === 'float32'

/** A value weighted by random numbers and summed up: a scalar that depends on each of its elements. */
function project(g: Builder, values: readonly Value[], name: string, feeds: Record<string, Tensor>): Value {
  return values
    .map((value, index) => {
      const weights = g.input(`${name}${index}`, value.dtype, value.shape)
      feeds[weights.name] = feed({ dtype: 'real', shape: value.shape, fill: weighting }, 'float64', index)
      return g.ReduceSum(g.Mul(value, g.Cast(weights, value.dtype)), null)
    })
    .reduce((sum, part) => g.Add(sum, g.Cast(part, sum.dtype)), g.scalar(0, 'float64'))
}

const weighting = (count: number, seed: number) => Array.from({ length: count }, (_, k) => Math.sin(1 + 7 * k + seed))

interface Differentiated {
  readonly graph: Graph
  readonly feeds: Record<string, Tensor>
  /** The real inputs, and the names of the outputs that hold the gradients of `scalar` and `slope` by them. */
  readonly inputs: readonly Value[]
}

/** The sample's outputs projected to `scalar`, the gradients of that projected to `slope`, and the gradients of both. */
function differentiate(sample: Sample, seed: number): Differentiated {
  const g = new Builder('sample')
  const feeds: Record<string, Tensor> = {}
  const operands = sample.operands.map((operand, index) => {
    const input = g.input(`x${index}`, dtypeOf(operand, 'float64'), operand.shape)
    feeds[input.name] = feed(operand, 'float64', seed + index)
    return input
  })
  const inputs = operands.filter(isReal)
  const outputs = sample.build(g, operands).filter(isReal)
  const scalar = project(g, outputs, 'weight', feeds)
  const first = gradients(g, scalar, inputs)
  const slope = project(g, first, 'direction', feeds)
  const second = gradients(g, slope, inputs)
  g.output(scalar, 'scalar')
  g.output(slope, 'slope')
  first.forEach((gradient, index) => g.output(gradient, `scalar.${index}`))
  second.forEach((gradient, index) => g.output(gradient, `slope.${index}`))
  verify(g.graph)
  return { graph: g.graph, feeds, inputs }
}

/** How far the gradients of one of the two scalars are from central differences. */
function error({ graph, feeds, inputs }: Differentiated, of: 'scalar' | 'slope'): number {
  const only = (name: string) => finish({ ...graph, outputs: graph.outputs.filter((output) => output.name === name) })
  const scalar = only(of)
  return Math.max(
    ...inputs.map((input, index) => {
      const tensor = feeds[input.name]!
      const analytic = evaluateNumbers(only(`${of}.${index}`), feeds)
      const numeric = differences(
        (at) => evaluateNumbers(scalar, { ...feeds, [input.name]: { ...tensor, data: at } }).data[0]!,
        Float64Array.from(tensor.data, Number),
      )
      return distance(analytic.data, numeric)
    }),
  )
}

test('every op of the table has a sample, and every sample its op', () => {
  expect(Object.keys(samples).toSorted()).toEqual(Object.keys(ops).toSorted())
})

test('every op of the table can be evaluated in double precision', () => {
  expect(Object.keys(ops).filter((name) => !evaluated.includes(name))).toEqual([])
})

describe.each(Object.entries(ops))('%s', (name, op) => {
  const cases = samples[name]
  if (!cases) {
    test('is held against samples', () => expect.fail(`${name} has no sample`))
    return
  }

  test('computes the types and shapes its inference states', () => {
    for (const sample of cases) {
      const g = new Builder('sample')
      const inputs = sample.operands.map((operand, index) =>
        g.input(`x${index}`, dtypeOf(operand, 'float64'), operand.shape),
      )
      const stated = sample.build(g, inputs).map((output, index) => g.output(output, `y${index}`))
      const feeds = Object.fromEntries(
        sample.operands.map((operand, index) => [`x${index}`, feed(operand, 'float64', 1)]),
      )
      verify(g.graph)
      const computed = evaluate64(g.graph, feeds)
      for (const { name: output, dtype, shape } of stated) {
        const array = computed.get(output)
        expect(array?.dtype, `${sample.title}: type`).toBe(dtype)
        expect(array?.shape, `${sample.title}: shape`).toEqual(shape.map((dim) => (dim === 'batch' ? batch : dim)))
      }
      expect(
        g.graph.nodes.map((node) => node.op),
        sample.title,
      ).toContain(name)
    }
  })

  if (op.gradient === undefined) {
    test('is named when someone asks for its gradient, for it has none', () => {
      const g = new Builder('sample')
      const sample = cases[0]!
      const inputs = sample.operands.map((operand, index) =>
        g.input(`x${index}`, dtypeOf(operand, 'float64'), operand.shape),
      )
      const outputs = sample.build(g, inputs)
      expect(() => gradients(g, g.ReduceSum(outputs[0]!, null), inputs)).toThrow(name)
    })
    return
  }

  const real = cases.filter((sample) => sample.operands.some(({ dtype }) => dtype === 'real' || dtype === 'float64'))

  test('has the gradient that finite differences have', () => {
    for (const sample of real) {
      for (const seed of [1, 20]) expect(error(differentiate(sample, seed), 'scalar'), sample.title).toBeLessThan(1e-7)
    }
  })

  test('has a gradient that can be differentiated again', () => {
    for (const sample of real) expect(error(differentiate(sample, 3), 'slope'), sample.title).toBeLessThan(1e-7)
  })
})

test('a mistake in a gradient is seen: the suite itself is held against a wrong rule', () => {
  const wrong: Sample = {
    title: 'x² whose gradient forgets the 2',
    operands: samples.Exp![1]!.operands,
    build: (g, inputs) => [g.Mul(inputs[0]!, g.Floor(g.Mul(inputs[0]!, g.scalar(1e6, 'float64'))))],
  }
  expect(error(differentiate(wrong, 1), 'scalar')).toBeGreaterThan(1e-3)
})

test('numbers given as a tensor keep their type', () => {
  expect(tensorOf('int64', [2], [1, -1]).data).toEqual(BigInt64Array.from([1n, -1n]))
})
