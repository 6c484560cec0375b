import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import { finish } from '#engine/graph/finish.ts'
import {
  GraphError,
  formatShape,
  sameShape,
  sizeOf,
  type Graph,
  type Node,
  type Tensor,
  type Value,
} from '#engine/graph/graph.ts'
import { verify } from '#engine/graph/verify.ts'
import { Builder } from '#engine/ops/builder.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { broadcastShapes } from '#engine/ops/op.ts'
import { distance } from '../support/differences.ts'
import { evaluate64, evaluateNumbers } from '../support/evaluate64.ts'
import { broadcastShape } from '../support/float64/array.ts'
import { array, randoms } from '../support/reals.ts'

const value = (name: string, dtype: Value['dtype'] = 'float32', shape: Value['shape'] = [2]): Value => ({
  name,
  dtype,
  shape,
})

const node = (
  op: string,
  inputs: readonly (Value | null)[],
  output: Value,
  attributes: Node['attributes'] = {},
): Node => ({
  op,
  domain: '',
  name: output.name,
  inputs,
  outputs: [output],
  attributes,
})

const graph = (parts: Partial<Graph>): Graph => ({
  name: 'test',
  inputs: [],
  outputs: [],
  initializers: new Map(),
  nodes: [],
  ...parts,
})

describe('the verifier', () => {
  const [x, y] = [value('x'), value('y')]

  test('accepts a graph in which every value is known before its use', () => {
    expect(() => verify(graph({ inputs: [x], nodes: [node('Relu', [x], y)], outputs: [y] }))).not.toThrow()
  })

  test('names the op and the value that nothing computes', () => {
    const broken = graph({ inputs: [x], nodes: [node('Add', [x, value('ghost')], y)], outputs: [y] })
    expect(() => verify(broken)).toThrow(/Add y reads ghost/)
    expect(() => verify(broken)).toThrow(GraphError)
  })

  test('refuses a value used before it is computed', () => {
    const z = value('z')
    const broken = graph({ inputs: [x], nodes: [node('Relu', [y], z), node('Relu', [x], y)], outputs: [z] })
    expect(() => verify(broken)).toThrow(/Relu z reads y before/)
  })

  test.each([
    ['two inputs', graph({ inputs: [x, x] })],
    [
      'an input and an initializer',
      graph({ inputs: [x], initializers: new Map([['x', tensorOf('float32', [2], [1, 2])]]) }),
    ],
    ['an input and an output of a node', graph({ inputs: [x], nodes: [node('Relu', [x], x)] })],
    ['two nodes', graph({ inputs: [x], nodes: [node('Relu', [x], y), node('Neg', [x], y)] })],
  ])('refuses one name for %s', (_, broken) => {
    expect(() => verify(broken)).toThrow(/named twice/)
  })

  test('refuses a value read as another type than it has', () => {
    const broken = graph({ inputs: [x], nodes: [node('Relu', [value('x', 'int64')], y)] })
    expect(() => verify(broken)).toThrow(/reads x as int64, but it is float32/)
  })

  test('refuses an output that nothing computes', () => {
    expect(() => verify(graph({ inputs: [x], outputs: [y] }))).toThrow(/output y of test is never computed/)
  })

  test('refuses an initializer that does not fill its shape', () => {
    const short: Tensor = { dtype: 'float32', shape: [3], data: new Float32Array(2) }
    expect(() => verify(graph({ initializers: new Map([['w', short]]) }))).toThrow(/initializer w holds 2 elements/)
  })

  test('looks into subgraphs, which may read what is around them and nothing else', () => {
    const inner = value('inner')
    const loop = (read: Value) =>
      graph({
        inputs: [x],
        nodes: [
          node('Loop', [], y, {
            body: {
              type: 'graph',
              value: graph({ name: 'body', nodes: [node('Relu', [read], inner)], outputs: [inner] }),
            },
          }),
        ],
      })
    expect(() => verify(loop(x))).not.toThrow()
    expect(() => verify(loop(value('ghost')))).toThrow(/Relu inner reads ghost/)
    expect(() => verify(loop(y))).toThrow(/Relu inner reads y/)
  })
})

describe('the builder', () => {
  test('computes the same op on the same inputs once', () => {
    const g = new Builder('test')
    const [x, y] = [g.input('x', 'float32', [2]), g.input('y', 'float32', [2])]
    expect(g.Add(x, y)).toBe(g.Add(x, y))
    expect(g.Add(y, x)).not.toBe(g.Add(x, y))
    expect(g.scalar(0.5)).toBe(g.scalar(0.5))
    expect(g.scalar(1, 'int64')).not.toBe(g.scalar(1, 'float32'))
    expect(g.scalar(-0)).not.toBe(g.scalar(0))
    expect(g.LeakyRelu(x, 0.1)).not.toBe(g.LeakyRelu(x, 0.2))
    expect(g.ReduceSum(x, [0])).toBe(g.ReduceSum(x, [0]))
    expect(g.ReduceSum(x, [0], true)).not.toBe(g.ReduceSum(x, [0]))
  })

  test('gives every value a name of its own, under the scope it was made in', () => {
    const g = new Builder('test')
    const x = g.input('x', 'float32', [2])
    const named = g.scoped('dense1', () => [g.Relu(x), g.scoped('kernel', () => g.Neg(x)), g.Neg(g.Relu(x))])
    expect(named.map(({ name }) => name)).toEqual(['dense1/Relu', 'dense1/kernel/Neg', 'dense1/Neg'])
    expect(() => g.input('x', 'float32', [])).toThrow(/two values are named x/)
    expect(() => g.output(x, 'dense1/Relu')).toThrow(/two values are named/)
  })

  test.each([
    ['Add', (g: Builder, x: Value) => g.Add(x, g.input('y', 'float32', [3])), /\[2\] and \[3\]/],
    ['Add', (g: Builder, x: Value) => g.Add(x, g.scalar(1, 'int64')), /mixes float32 and int64/],
    ['MatMul', (g: Builder, x: Value) => g.MatMul(x, x), /cannot multiply \[2\] by \[2\]/],
    ['Concat', (g: Builder, x: Value) => g.Concat([x, g.scalar(1)], 0), /cannot join \[2\] and \[\]/],
    ['Reshape', (g: Builder, x: Value) => g.Reshape(x, [3]), /cannot turn \[2\] into \[3\]/],
    ['ReduceSum', (g: Builder, x: Value) => g.ReduceSum(x, [1]), /axis 1 is outside rank 1/],
    ['Squeeze', (g: Builder, x: Value) => g.Squeeze(x, [0]), /cannot drop axes 0 of \[2\]/],
    ['an unknown op', (g: Builder, x: Value) => g.node('Frobnicate', [x]), /has no Frobnicate/],
  ])('refuses %s of what does not fit, naming the shapes', (_, emit, words) => {
    const g = new Builder('test')
    expect(() => emit(g, g.input('x', 'float32', [2]))).toThrow(words)
  })

  test('runs a Scan over carried values, with what is around it in reach', () => {
    const g = new Builder('test')
    const [trips, by] = [g.input('trips', 'int64', ['steps']), g.input('by', 'float32', [2])]
    const [last, seen] = g.Scan([g.input('start', 'float32', [2])], [trips], (inner, [before], [trip]) => {
      const after = inner.Add(inner.Mul(before!, by), inner.Cast(trip!, 'float32'))
      return { carried: [after], reports: [inner.ReduceSum(after, null)] }
    })
    g.output(last!, 'last')
    g.output(seen!, 'seen')
    verify(g.graph)
    const feeds = { trips: tensorOf('int64', [3], [0, 1, 2]), by: array([2], [2, 3]), start: array([2], [1, 1]) }
    const results = evaluate64(finish(g.graph), feeds)
    expect([...results.get('last')!.data]).toEqual([12, 32])
    expect([...results.get('seen')!.data]).toEqual([5, 15, 44])
  })

  test('moves out of a Scan what depends on counters and constants alone, and nothing else', () => {
    const g = new Builder('test')
    const [counts, rate] = [g.input('counts', 'float32', ['steps']), g.input('rate', 'float32', [])]
    const [last] = g.Scan([g.input('start', 'float32', [2])], [counts], (inner, [before], [done]) => {
      const fading = inner.Mul(inner.Exp(inner.Neg(done!)), inner.Sub(inner.scalar(1), rate))
      const late = inner.Greater(done!, inner.scalar(1))
      const factor = inner.Where(late, fading, inner.Mul(inner.ReduceSum(before!, null), inner.scalar(0.5)))
      return { carried: [inner.Mul(before!, factor)], reports: [] }
    })
    g.output(last!, 'last')
    const tidy = finish(g.graph)
    verify(tidy)
    const scan = tidy.nodes.find(({ op }) => op === 'Scan')
    const body = scan?.attributes.body
    expect(tidy.nodes.map(({ op }) => op).toSorted()).toEqual(['Exp', 'Mul', 'Neg', 'Scan', 'Sub'])
    expect(body?.type === 'graph' ? body.value.nodes.map(({ op }) => op).toSorted() : []).toEqual([
      'Greater',
      'Mul',
      'Mul',
      'ReduceSum',
      'Where',
    ])
    let expected = [1, 3]
    for (const done of [0, 1, 2]) {
      const factor = done > 1 ? Math.exp(-done) * 0.75 : (expected[0]! + expected[1]!) / 2
      expected = expected.map((value) => value * factor)
    }
    const feeds = { counts: array([3], [0, 1, 2]), rate: array([], [0.25]), start: array([2], [1, 3]) }
    expect(distance(evaluateNumbers(tidy, feeds).data, expected)).toBeLessThan(1e-12)
  })

  test('refuses a Scan that carries a value out in another shape', () => {
    const g = new Builder('test')
    const [trips, start] = [g.input('trips', 'int64', ['steps']), g.input('start', 'float32', [2])]
    const grow = () =>
      g.Scan([start], [trips], (inner, [before]) => ({ carried: [inner.ReduceSum(before!, null)], reports: [] }))
    expect(grow).toThrow(/Scan carries start in as \[2\], out as \[\]/)
  })
})

describe('finishing a graph', () => {
  test('drops what no output needs, and keeps what a subgraph captures', () => {
    const g = new Builder('test')
    const x = g.input('x', 'float32', [2])
    const captured = g.Neg(x)
    g.Add(x, g.scalar(77))
    const [last] = g.Scan([x], [g.ints([0, 1])], (inner, [before]) => ({
      carried: [inner.Add(before!, captured)],
      reports: [],
    }))
    g.output(last!, 'last')
    const tidy = finish(g.graph)
    verify(tidy)
    expect(tidy.nodes.map(({ op }) => op)).toEqual(['Neg', 'Scan'])
    expect([...tidy.initializers.values()].map(({ data }) => Number(data[0]))).not.toContain(77)
    expect([...evaluateNumbers(tidy, { x: array([2], [1, 2]) }).data]).toEqual([-1, -2])
  })

  test('keeps values and names of the outputs, whatever they repeat', () => {
    const g = new Builder('test')
    const x = g.input('x', 'float32', [2])
    const y = g.Exp(x)
    g.output(y, 'first')
    g.output(y, 'second')
    g.output(x, 'given')
    g.output(g.scalar(3), 'three')
    g.output(g.Neg(y), 'used')
    const tidy = finish(g.graph)
    verify(tidy)
    expect(tidy.outputs.map(({ name }) => name)).toEqual(['first', 'second', 'given', 'three', 'used'])
    expect(evaluate64(tidy, { x: array([2], [0, 1]) })).toEqual(evaluate64(g.graph, { x: array([2], [0, 1]) }))
  })
})

describe('differentiation', () => {
  /** Two shapes that broadcast: some axes of a common shape left out or set to 1. */
  const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 })
  const narrowed = (full: readonly number[], ones: readonly boolean[], drop: number) =>
    full.map((size, axis) => (ones[axis] ? 1 : size)).slice(Math.min(drop, full.length))
  const broadcasting = fc
    .tuple(shape, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), fc.nat(3))
    .map(([full, ones, drop]) => [narrowed(full, ones.slice(0, 3), 0), narrowed(full, ones.slice(3), drop)] as const)

  test('broadcasts shapes as NumPy does', () => {
    fc.assert(
      fc.property(broadcasting, ([a, b]) => {
        expect(broadcastShapes(a, b)).toEqual(broadcastShape(a, b))
        expect(broadcastShapes(b, a)).toEqual(broadcastShape(a, b))
      }),
      { seed: 1 },
    )
    expect(() => broadcastShapes(['batch', 2], ['rows', 2])).toThrow(/\[batch, 2\] and \[rows, 2\]/)
  })

  test('sums a gradient back to the shape of what was broadcast', () => {
    fc.assert(
      fc.property(broadcasting, ([a, b]) => {
        const g = new Builder('test')
        const [x, y] = [g.input('x', 'float32', a), g.input('y', 'float32', b)]
        const slopes = gradients(g, g.ReduceSum(g.Sub(x, y), null), [x, y])
        expect(slopes.map((slope) => slope.shape)).toEqual([a, b])
        slopes.forEach((slope, index) => g.output(slope, `d${index}`))
        const feeds = { x: array(a, randoms('a', sizeOf(a))), y: array(b, randoms('b', sizeOf(b))) }
        const results = evaluate64(finish(g.graph), feeds)
        // Each element of x meets every element it is repeated to.
        const total = sizeOf(broadcastShape(a, b))
        expect(new Set<unknown>(results.get('d0')!.data)).toEqual(new Set([total / sizeOf(a)]))
        expect(new Set<unknown>(results.get('d1')!.data)).toEqual(new Set([-total / sizeOf(b)]))
      }),
      { seed: 1 },
    )
  })

  test('adds up the parts of a value used in several places', () => {
    const g = new Builder('test')
    const x = g.input('x', 'float32', [3])
    const [slope] = gradients(g, g.ReduceSum(g.Add(g.Mul(x, x), g.Add(x, g.Exp(x))), null), [x])
    g.output(slope!, 'dx')
    const at = randoms('x', 3)
    const data = evaluateNumbers(finish(g.graph), { x: array([3], at) }).data
    expect(
      distance(
        data,
        at.map((each) => 2 * each + 1 + Math.exp(each)),
      ),
    ).toBeLessThan(1e-12)
  })

  test('gives zeros, of its shape, for a value the scalar does not depend on', () => {
    const g = new Builder('test')
    const [x, other] = [g.input('x', 'float32', [2]), g.input('other', 'float32', [2, 3])]
    const [slope] = gradients(g, g.ReduceSum(g.Floor(other), null), [other])
    const [none] = gradients(g, g.ReduceSum(x, null), [other])
    for (const each of [slope!, none!]) expect(each.shape).toEqual([2, 3])
    g.output(none!, 'none')
    expect([
      ...evaluateNumbers(finish(g.graph), { x: array([2], [1, 1]), other: array([2, 3], randoms('o', 6)) }).data,
    ]).toEqual([0, 0, 0, 0, 0, 0])
  })

  test('refuses anything but a scalar', () => {
    const g = new Builder('test')
    const x = g.input('x', 'float32', [2])
    expect(() => gradients(g, x, [x])).toThrow(/only a scalar is differentiated, not \[2\]/)
  })
})

test('shapes are written, compared and counted as people do', () => {
  expect(formatShape(['batch', 3])).toBe('[batch, 3]')
  expect(sameShape(['batch', 3], ['batch', 3])).toBe(true)
  expect(sameShape([3], [3, 1])).toBe(false)
  expect(sizeOf([])).toBe(1)
  expect(sizeOf([2, 3])).toBe(6)
  expect(() => sizeOf(['batch', 3])).toThrow(/depends on batch/)
})
