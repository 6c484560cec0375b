import { describe, expect, test } from 'vitest'
import { decomposedOps, lowerToOpset } from '#engine/compile/opset.ts'
import { verify } from '#engine/graph/verify.ts'
import { Builder } from '#engine/ops/builder.ts'

/** Gelu of rows, then their sum over an axis given as an input. */
function example(): Builder {
  const g = new Builder('example')
  const x = g.input('x', 'float32', ['batch', 4])
  g.output(
    g.ReduceMean(
      g.scoped('dense1', () => g.Gelu(x)),
      [1],
    ),
    'y',
  )
  return g
}

describe('a graph for an older opset', () => {
  test('says with several ops what the opset lacks, under names that begin with the op it replaces', () => {
    const lowered = lowerToOpset(example().graph, 19)
    verify(lowered)
    expect(lowered.nodes.map(({ op }) => op)).toEqual(['Mul', 'Mul', 'Erf', 'Add', 'Mul', 'ReduceMean', 'Identity'])
    expect(lowered.nodes.slice(0, 4).every(({ name }) => name.startsWith('dense1/Gelu/'))).toBe(true)
    expect(lowered.nodes[4]?.outputs[0]?.name).toBe('dense1/Gelu')
  })

  test('has the axes of a reduction where its opset has them', () => {
    const inputs = (opset: number) =>
      lowerToOpset(example().graph, opset).nodes.find(({ op }) => op === 'ReduceMean')?.inputs.length
    expect([17, 18].map(inputs)).toEqual([1, 2])
  })

  test('keeps no constant that nothing reads any more', () => {
    const names = (opset: number) => [...lowerToOpset(example().graph, opset).initializers.keys()]
    expect(names(21)).toEqual(['ints'])
    expect(names(17)).not.toContain('ints')
  })

  test('takes no name that is in use', () => {
    const g = new Builder('example')
    const x = g.input('x', 'float32', ['batch', 4])
    const first = g.Mish(x)
    g.output(
      g.scoped('Mish', () => g.Add(first, g.Tanh(x))),
      'y',
    )
    const lowered = lowerToOpset(g.graph, 17)
    verify(lowered)
    expect(lowered.nodes.map(({ name }) => name)).toContain('Mish/Tanh')
    expect(lowered.nodes.map(({ name }) => name)).toContain('Mish_/Tanh')
  })

  test('says which ops cost several others', () => {
    expect(decomposedOps(example().graph, 19)).toEqual(['Gelu'])
    expect(decomposedOps(example().graph, 20)).toEqual([])
  })

  test('is refused where its opset has no words for it', () => {
    const g = new Builder('example')
    const x = g.input('x', 'uint32', [2])
    g.output(g.BitwiseXor(x, x), 'y')
    expect(() => lowerToOpset(g.graph, 17)).toThrow('opset 17 has no BitwiseXor; BitwiseXor needs opset 18 at least')
  })
})
