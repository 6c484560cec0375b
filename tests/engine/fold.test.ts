import { describe, expect, test } from 'vitest'
import { finish } from '#engine/graph/finish.ts'
import { fold } from '#engine/graph/fold.ts'
import { verify } from '#engine/graph/verify.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { Builder } from '#engine/ops/builder.ts'
import { evaluateNumbers } from '../support/evaluate64.ts'
import { array, randoms } from '../support/reals.ts'

const kernel = (g: Builder) => g.initializer('kernel', tensorOf('float32', [2, 3, 4], [...randoms('kernel', 24)]))

/** The graph before and after, both checked, and shown to compute the same. */
function folded(build: (g: Builder) => void) {
  const g = new Builder('graph')
  build(g)
  const before = finish(g.graph)
  const after = fold(before)
  verify(after)
  const feeds = Object.fromEntries(
    before.inputs.map(({ name, shape }) => [name, array(shape.map(Number), randoms(name, 24))]),
  )
  expect(evaluateNumbers(after, feeds)).toEqual(evaluateNumbers(before, feeds))
  return after
}

describe('folding', () => {
  test('makes a transposed and reshaped constant a constant of the same name', () => {
    const graph = folded((g) => {
      const moved = g.Reshape(g.Transpose(kernel(g), [2, 0, 1]), [4, 6])
      g.output(g.Add(g.input('x', 'float32', [4, 6]), moved), 'y')
    })
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Add'])
    expect([...graph.initializers.keys()]).toEqual(['kernel'])
    expect(graph.initializers.get('kernel')?.shape).toEqual([4, 6])
  })

  test('leaves a constant that is also read as it is under its name', () => {
    const graph = folded((g) => {
      const own = kernel(g)
      const sum = g.Add(g.input('x', 'float32', [2, 3, 4]), own)
      g.output(g.Add(g.Transpose(sum, [0, 1, 2]), g.Reshape(g.Transpose(own, [2, 0, 1]), [2, 3, 4])), 'y')
    })
    expect(graph.initializers.get('kernel')?.shape).toEqual([2, 3, 4])
    expect(graph.initializers.size).toBe(2)
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Add', 'Add'])
  })

  test('gives the name to one of several forms, when nothing reads the constant itself', () => {
    const graph = folded((g) => {
      const own = kernel(g)
      const x = g.Add(g.input('x', 'float32', [24]), g.Reshape(own, [24]))
      g.output(g.Add(x, g.Reshape(g.Transpose(own, [2, 1, 0]), [24])), 'y')
    })
    expect(graph.initializers.get('kernel')?.data).toHaveLength(24)
    expect(graph.initializers.size).toBe(2)
  })

  test('leaves what is computed, and what is put out, alone', () => {
    const graph = folded((g) => {
      g.output(g.Transpose(kernel(g), [1, 0, 2]), 'y')
    })
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Transpose'])
    const computed = folded((g) => {
      g.output(g.Neg(g.Transpose(g.input('x', 'float32', [2, 3, 4]), [1, 0, 2])), 'y')
    })
    expect(computed.nodes.map(({ op }) => op).toSorted()).toEqual(['Neg', 'Transpose'])
  })

  test('moves whole numbers and texts as well', () => {
    const g = new Builder('graph')
    const names = g.initializer('names', { dtype: 'string', shape: [2, 2], data: ['a', 'b', 'c', 'd'] })
    const index = g.initializer('index', tensorOf('int64', [2, 2], [0, 1, 1, 0]))
    g.output(g.Gather(g.Reshape(g.Transpose(names, [1, 0]), [4]), g.Transpose(index, [1, 0])), 'y')
    const { initializers, nodes } = fold(finish(g.graph))
    expect(nodes.map(({ op }) => op)).toEqual(['Gather'])
    expect(initializers.get('names')?.data).toEqual(['a', 'c', 'b', 'd'])
    expect([...(initializers.get('index')?.data ?? [])]).toEqual([0n, 1n, 1n, 0n])
  })
})
