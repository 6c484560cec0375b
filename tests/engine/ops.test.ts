import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import { verify } from '#engine/graph/verify.ts'
import { Builder } from '#engine/ops/builder.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { ops } from '#engine/ops/table.ts'
import { Differentiated } from '../support/differentiated.ts'
import { evaluate64, evaluated } from '../support/evaluate64.ts'
import { dtypeOf, feed, samples, sizesOf, type Sample } from '../support/samples.ts'

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
        expect(array?.shape, `${sample.title}: shape`).toEqual(sizesOf(shape))
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

  const known = new Map<Sample, Differentiated>()
  const differentiated = (sample: Sample): Differentiated => {
    const made = known.get(sample) ?? new Differentiated(name, sample, 'float64')
    known.set(sample, made)
    return made
  }

  test('has the gradient that finite differences have', () => {
    for (const sample of real) {
      expect(differentiated(sample).error(1, 'scalar'), sample.title).toBeLessThan(1e-7)
      expect(differentiated(sample).errorAlong(20, 'scalar'), sample.title).toBeLessThan(1e-7)
    }
  })

  test('has a gradient that can be differentiated again', () => {
    for (const sample of real) expect(differentiated(sample).errorAlong(3, 'slope'), sample.title).toBeLessThan(1e-7)
  })
})

test('a convolution whose batch has no known size has no gradient by its kernel, and says why', () => {
  const g = new Builder('sample')
  const w = g.input('w', 'float64', [1, 1, 2])
  const y = g.Conv(g.input('x', 'float64', ['batch', 1, 3]), w)
  expect(() => gradients(g, g.ReduceSum(y, null), [w])).toThrow('batches of a known size')
})

test('a tie within a window of MaxPool is won by its first element', () => {
  const g = new Builder('ties')
  const x = g.input('x', 'float64', [1, 1, 4, 4])
  const pools = [
    { kernelShape: [2, 2], strides: [2, 2] },
    { kernelShape: [2, 2], strides: [2, 2], pads: [0, 0, 1, 1] },
    { kernelShape: [2, 2] },
  ]
  const results = pools.map((options) => gradients(g, g.ReduceSum(g.MaxPool(x, options), null), [x])[0]!)
  results.forEach((gradient, index) => g.output(gradient, `dx${index}`))
  const ones = tensorOf('float64', [1, 1, 4, 4], new Array<number>(16).fill(1))
  const computed = [...evaluate64(g.graph, { x: ones }).values()].map(({ data }) => Array.from(data, Number))
  const sideBySide = [1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]
  expect(computed).toEqual([sideBySide, sideBySide, [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0]])
})

test('a mistake in a gradient is seen: the suite itself is held against a wrong rule', () => {
  const wrong: Sample = {
    title: 'x² whose gradient forgets the 2',
    operands: samples.Exp![1]!.operands,
    build: (g, inputs) => [g.Mul(inputs[0]!, g.Floor(g.Mul(inputs[0]!, g.scalar(1e6, 'float64'))))],
  }
  expect(new Differentiated('Exp', wrong, 'float64').error(1, 'scalar')).toBeGreaterThan(1e-3)
})

test('numbers given as a tensor keep their type', () => {
  expect(tensorOf('int64', [2], [1, -1]).data).toEqual(BigInt64Array.from([1n, -1n]))
})
