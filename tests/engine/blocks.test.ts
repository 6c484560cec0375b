/** Blocks, layers drawn once more, and networks with several Inputs and outputs. */
import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { inspect } from '#engine/compile/inspect.ts'
import { openBlocks, terminalsOf } from '#engine/project/blocks.ts'
import { checkProject } from '#engine/project/check.ts'
import type { Project, ProjectGraph, ProjectNode } from '#engine/project/project.ts'
import { chain, setting } from '../support/projects.ts'

type Drawn = Partial<ProjectNode> & { readonly from?: readonly string[] }

/** A graph by the names of its nodes: what each is, and what feeds it. */
function graph(nodes: Readonly<Record<string, Drawn>>): ProjectGraph {
  const drawn = Object.entries(nodes)
  return {
    nodes: drawn.map(([name, { from: _, ...node }]) => ({
      kind: 'dense',
      params: {},
      position: { x: 0, y: 0 },
      ...node,
      name,
    })),
    wires: drawn.flatMap(([to, { from = [] }]) => from.map((name) => ({ from: name, to }))),
  }
}

const project = (drawn: ProjectGraph, training: Partial<Project['training']> = {}): Project => ({
  ...chain([], { loss: setting('meanSquaredError'), ...training }),
  graph: drawn,
})

const input = (...shape: number[]): Drawn => ({ kind: 'input', params: { shape } })
const dense = (units: number, ...from: string[]): Drawn => ({ params: { units }, from })
const add = (...from: string[]): Drawn => ({ kind: 'add', from })
const data = { features: 3, classes: 0, targets: 3 }

/** in → 3 units → + in: a residual branch that keeps the size. */
const residual = graph({ in: input(3), inner: dense(3, 'in'), sum: add('inner', 'in') })
const twice = graph({
  x: input(3),
  first: { kind: 'block', block: residual, from: ['x'] },
  second: { kind: 'block', block: residual, from: ['first'], frozen: true },
})
const messages = (drawn: ProjectGraph, training: Partial<Project['training']> = {}): string[] =>
  checkProject(project(drawn, training)).map(({ message }) => message)

describe('a block', () => {
  test('is laid open under its name, its Input replaced by what is connected to it', () => {
    const { nodes, wires } = openBlocks(twice)
    expect(nodes.map(({ name }) => name)).toEqual(['x', 'first/inner', 'first/sum', 'second/inner', 'second/sum'])
    expect(wires).toContainEqual({ from: 'x', to: 'first/inner' })
    expect(wires).toContainEqual({ from: 'x', to: 'first/sum' })
    expect(wires).toContainEqual({ from: 'first/sum', to: 'second/inner' })
    expect(wires).toHaveLength(6)
  })

  test('has weights under its name, and keeps them when it is frozen', () => {
    const { weights } = compile(project(twice), data)
    expect(weights.map(({ name, trainable }) => [name, trainable])).toEqual([
      ['first/inner/kernel', true],
      ['first/inner/bias', true],
      ['second/inner/kernel', false],
      ['second/inner/bias', false],
    ])
  })

  test('shows what it puts out, all its parameters and what it costs', () => {
    const { nodes, parameters } = inspect(project(twice), data)
    // 9 products and as many sums, 3 biases, 3 sums with the shortcut.
    expect(nodes.get('first')).toEqual({ shape: ['batch', 3], parameters: 12, operations: 24 })
    expect(parameters).toBe(24)
  })

  test('drawn once more shares its weights', () => {
    const shared = graph({
      x: input(3),
      first: { kind: 'block', block: residual, from: ['x'] },
      second: { kind: 'block', sameAs: 'first', from: ['first'] },
    })
    expect(compile(project(shared), data).weights.map(({ name }) => name)).toEqual([
      'first/inner/kernel',
      'first/inner/bias',
    ])
  })

  test('says where it does not fit: too few connections, two ends, mistakes inside', () => {
    const join = graph({ a: input(3), b: input(3), sum: add('a', 'b') })
    const loose = graph({ a: input(3), left: dense(3, 'a'), right: dense(3, 'a') })
    const wrong = graph({ a: input(3), b: { kind: 'dense', params: { units: -1 }, from: ['a'] } })
    const inside = (block: ProjectGraph): string[] =>
      messages(graph({ x: input(3), unit: { kind: 'block', block, from: ['x'] } }))
    expect(inside(join)).toEqual(['The block unit has 2 Inputs, but 1 layers are connected to it; make them as many.'])
    expect(inside(loose)).toEqual([
      'The block unit ends in left and right; connect all but one of them to a later layer inside it.',
    ])
    expect(inside(wrong).join()).toContain('b: Units is -1')
  })
})

describe('a layer drawn once more', () => {
  const shared = graph({ a: input(3), b: dense(3, 'a'), c: { sameAs: 'b', from: ['b'] } })

  test('has the weights of the one it repeats', () => {
    const { weights } = compile(project(shared), data)
    expect(weights.map(({ name }) => name)).toEqual(['b/kernel', 'b/bias'])
  })

  test('must be given the same sizes, and must repeat one that is there', () => {
    const wide = graph({ a: input(3), b: dense(4, 'a'), c: { sameAs: 'b', from: ['b'] } })
    expect(inspect(project(wide), { ...data, targets: 4 }).issues.map(({ message }) => message)).toEqual([
      'c shares b/kernel [3, 4] with b, but needs [4, 4]; give it an input of the same size, or weights of its own.',
    ])
    const lost = graph({ a: input(3), c: { sameAs: 'b', from: ['a'] } })
    expect(messages(lost)).toEqual([
      'c is to be b once more, but there is no such dense layer; draw it, or give c settings of its own.',
    ])
  })
})

describe('a network with two Inputs and two outputs', () => {
  const both = graph({
    left: input(2),
    right: input(1),
    joined: { kind: 'concatenate', from: ['left', 'right'] },
    value: dense(1, 'joined'),
    kind: { params: { units: 3, activation: 'softmax' }, from: ['joined'] },
  })
  const outputs = {
    kind: { loss: setting('sparseCategoricalCrossentropy'), metrics: [setting('accuracy')], weight: 0.5 },
  }
  const shape = {
    features: 3,
    classes: 0,
    targets: 1,
    inputs: { left: 2, right: 1 },
    outputs: { value: { classes: 0, targets: 1 }, kind: { classes: 3, targets: 1 } },
  }

  test('names its ends in the order they were drawn', () => {
    expect(terminalsOf(both)).toEqual({ inputs: ['left', 'right'], outputs: ['value', 'kind'], indices: [] })
  })

  test('knows the Inputs that only choose rows of an embedding', () => {
    const words = graph({
      word: input(1),
      place: input(1),
      rows: { kind: 'embedding', params: { inputDim: 5, outputDim: 2 }, from: ['word'] },
      flat: { kind: 'flatten', from: ['rows'] },
      joined: { kind: 'concatenate', from: ['flat', 'place'] },
    })
    expect(terminalsOf(words).indices).toEqual(['word'])
  })

  test('is fed and reported by the names of its layers', () => {
    const program = compile(project(both, { outputs, metrics: [setting('meanAbsoluteError')] }), shape)
    expect(program.inputs.map(({ feed }) => feed)).toEqual(['x.left', 'x.right'])
    expect(program.outputs.map(({ feed, prediction }) => [feed, prediction])).toEqual([
      ['y.value', 'prediction.value'],
      ['y.kind', 'prediction.kind'],
    ])
    expect(program.columns).toEqual([
      'data',
      'output:value',
      'output:kind',
      'metric:value/meanAbsoluteError',
      'metric:kind/accuracy',
    ])
  })

  test('says which output a loss belongs to', () => {
    expect(messages(both, { outputs: { joined: {} } })).toEqual([
      'There is a loss for joined, which is no output of the network; choose one of value, kind.',
    ])
    const unfit = project(both, { outputs: { kind: { loss: setting('binaryCrossentropy') } } })
    expect(() => compile(unfit, shape)).toThrow('is for two classes, but the target has 3')
  })
})
