import { describe, expect, test } from 'vitest'
import { inspect } from '#engine/compile/inspect.ts'
import { openBlocks } from '#engine/project/blocks.ts'
import { followTerminals } from '#engine/project/follow.ts'
import { inputsOf } from '#engine/project/order.ts'
import type { Project, ProjectGraph, ProjectNode } from '#engine/project/project.ts'
import { separate } from '#engine/project/sharing.ts'
import { group, groupRefusal, ungroup, ungroupRefusal } from '../../src/renderer/src/state/blocks.ts'
import { addCopies, partOf, repeatNode } from '../../src/renderer/src/state/copies.ts'
import { removeNodes, renameNode } from '../../src/renderer/src/state/edits.ts'
import { measuredNames } from '../../src/renderer/src/state/measured.ts'

const node = (name: string, kind: string, x: number, params: ProjectNode['params'] = {}): ProjectNode => ({
  name,
  kind,
  params,
  position: { x, y: 0 },
})

/** input → a and b → their difference → end; the order of the difference's inputs matters. */
const graph: ProjectGraph = {
  nodes: [
    node('input', 'input', 0, { shape: [4] }),
    node('a', 'dense', 240, { units: 3 }),
    node('b', 'dense', 240, { units: 3, activation: 'relu' }),
    node('difference', 'subtract', 480),
    node('end', 'dense', 720, { units: 2 }),
  ],
  wires: [
    { from: 'input', to: 'a' },
    { from: 'input', to: 'b' },
    { from: 'b', to: 'difference' },
    { from: 'a', to: 'difference' },
    { from: 'difference', to: 'end' },
  ],
}

const project: Project = {
  format: 'espalier',
  version: 1,
  name: 'Test',
  doc: '',
  graph,
  data: { source: null, columns: {}, validationFraction: 0.2, stratify: true, standardize: true },
  training: {
    loss: { kind: 'meanSquaredError', params: {} },
    optimizer: { kind: 'sgd', params: {} },
    metrics: [{ kind: 'accuracy', params: {} }],
    regularizers: [],
    epochs: 1,
    batchSize: 4,
    shuffle: true,
    seed: 0,
  },
  weights: null,
}

const look = (changed: ProjectGraph) => inspect({ ...project, graph: changed }, null)
const wiresOf = ({ wires }: ProjectGraph) => wires.map(({ from, to }) => `${from} ${to}`).sort()

describe('a group of layers', () => {
  test('computes what the layers did, in the order of their inputs, and so does what is laid open again', () => {
    const { graph: grouped, name } = group(graph, ['difference', 'a', 'b'])
    expect(grouped.nodes.map((each) => each.name)).toEqual(['input', name, 'end'])
    expect(inputsOf(openBlocks(grouped), `${name}/difference`)).toEqual([`${name}/b`, `${name}/a`])
    expect(look(grouped)).toMatchObject({ parameters: look(graph).parameters, issues: [] })
    const { graph: open, names } = ungroup(grouped, name)
    expect(names.toSorted()).toEqual(['a', 'b', 'difference'])
    expect(wiresOf(open)).toEqual(wiresOf(graph))
    expect(inputsOf(open, 'difference')).toEqual(['b', 'a'])
    expect(look(open)).toMatchObject({ parameters: look(graph).parameters, issues: [] })
  })

  test('of one layer with two sources takes both in their order', () => {
    const { graph: grouped, name } = group(graph, ['difference'])
    expect(inputsOf(grouped, name)).toEqual(['b', 'a'])
    expect(inputsOf(openBlocks(grouped), `${name}/difference`)).toEqual(['b', 'a'])
  })

  test('of layers nothing is connected to has an Input for them', () => {
    const loose = { nodes: graph.nodes, wires: [] }
    const { graph: grouped, name } = group(loose, ['a'])
    expect(grouped.nodes.find((each) => each.name === name)?.block?.wires).toEqual([{ from: 'input1', to: 'a' }])
  })

  test('is refused where it would have two ends, read from its middle, hold an Input or half of what is shared', () => {
    const { graph: repeated } = repeatNode(graph, 'a')
    expect(groupRefusal(graph, ['a', 'b'])).toMatch(/end in a, b/)
    expect(groupRefusal({ ...graph, wires: [...graph.wires, { from: 'a', to: 'end' }] }, ['a', 'difference'])).toMatch(
      /end reads a out of the middle/,
    )
    expect(groupRefusal(graph, ['input', 'a'])).toMatch(/input .*stays outside/)
    expect(groupRefusal(repeated, ['a'])).toMatch(/has the weights of a/)
    expect(groupRefusal(graph, ['a'])).toBeNull()
  })

  test('laid open keeps names that are free, makes others, and freezes what was frozen', () => {
    const { graph: grouped, name } = group(graph, ['a'])
    const taken = {
      ...grouped,
      nodes: [...grouped.nodes.map((each) => ({ ...each, frozen: true })), node('a', 'relu', 0)],
    }
    const { graph: open } = ungroup(taken, name)
    expect(open.nodes.find((each) => each.name === 'dense1')).toMatchObject({ params: { units: 3 }, frozen: true })
    expect(inputsOf(open, 'difference')).toEqual(['b', 'dense1'])
  })

  test('that is drawn twice is not laid open', () => {
    const { graph: grouped, name } = group(graph, ['a'])
    const { graph: twice, name: repeat } = repeatNode(grouped, name)
    expect(ungroupRefusal(twice, name)).toMatch(repeat)
    expect(ungroupRefusal(twice, repeat)).toMatch(repeat)
    expect(ungroupRefusal(grouped, name)).toBeNull()
    expect(ungroupRefusal(grouped, 'b')).not.toBeNull()
  })
})

describe('a layer drawn once more', () => {
  const { graph: twice, name } = repeatNode(graph, 'a')
  const { graph: thrice, name: third } = repeatNode(twice, name)

  test('has the weights of the first, however it is called', () => {
    expect(thrice.nodes.filter(({ sameAs }) => sameAs === 'a').map((each) => each.name)).toEqual([name, third])
    const renamed = renameNode(thrice, 'a', 'first')
    expect(renamed.nodes.filter(({ sameAs }) => sameAs === 'first').map((each) => each.name)).toEqual([name, third])
  })

  test('stands where no other card does', () => {
    const places = thrice.nodes.map(({ position }) => `${position.x} ${position.y}`)
    expect(new Set(places.slice(3)).size).toBe(places.length - 3)
  })

  test('takes over its settings when the first is deleted, and the others follow it', () => {
    const left = removeNodes(thrice, ['a'])
    expect(left.nodes.find((each) => each.name === name)).toMatchObject({ params: { units: 3 } })
    expect(left.nodes.find((each) => each.name === name)?.sameAs).toBeUndefined()
    expect(left.nodes.find((each) => each.name === third)?.sameAs).toBe(name)
  })

  test('with weights of its own keeps the settings', () => {
    const own = separate(twice, name).nodes.find((each) => each.name === name)
    expect(own).toMatchObject({ params: { units: 3 } })
    expect(own).not.toHaveProperty('sameAs')
  })

  test('copied shares with the copy of the first, with the first where that is here, else has its own', () => {
    const sameAsOf = (into: ProjectGraph, names: readonly string[]) =>
      addCopies(into, partOf(twice, names)).graph.nodes.at(-1)?.sameAs
    expect(sameAsOf(twice, ['a', name])).toMatch(/^dense\d+$/)
    expect(sameAsOf(twice, [name])).toBe('a')
    const elsewhere = addCopies({ nodes: [], wires: [] }, partOf(twice, [name])).graph.nodes
    expect(elsewhere).toMatchObject([{ kind: 'dense', params: { units: 3 } }])
    expect(elsewhere[0]).not.toHaveProperty('sameAs')
  })
})

describe('what is said about outputs', () => {
  const weighted: Project = {
    ...project,
    graph: {
      ...graph,
      nodes: [...graph.nodes, node('side', 'dense', 720)],
      wires: [...graph.wires, { from: 'a', to: 'side' }],
    },
    data: { ...project.data, columns: { y: { role: 'target', node: 'side' }, x: { node: 'input' } } },
    training: { ...project.training, outputs: { side: { weight: 2, metrics: [] } } },
  }

  test('follows a layer that is renamed, put into a block or given a follower', () => {
    const renamed = followTerminals(weighted, { ...weighted, graph: renameNode(weighted.graph, 'side', 'other') })
    expect(renamed.training.outputs).toEqual({ other: { weight: 2, metrics: [] } })
    expect(renamed.data.columns.y).toEqual({ role: 'target', node: 'other' })
    const grouped = followTerminals(weighted, { ...weighted, graph: group(weighted.graph, ['side']).graph })
    expect(Object.keys(grouped.training.outputs ?? {})).toEqual(['block1/side'])
    const entry = followTerminals(weighted, { ...weighted, graph: renameNode(weighted.graph, 'input', 'rows') })
    expect(entry.data.columns.x).toEqual({ node: 'rows' })
  })

  test('goes when the output goes', () => {
    const less = followTerminals(weighted, { ...weighted, graph: removeNodes(weighted.graph, ['side']) })
    expect(less.training).not.toHaveProperty('outputs')
    expect(less.data.columns.y).toEqual({ role: 'target' })
  })

  test('is watched under its name where there are several', () => {
    expect(measuredNames(project)).toEqual([
      ...['validation/loss', 'validation/data', 'validation/accuracy'],
      ...['train/loss', 'train/data', 'train/accuracy'],
    ])
    expect(measuredNames({ ...weighted, data: { ...weighted.data, validationFraction: 0 } })).toEqual([
      ...['train/loss', 'train/data', 'train/end/loss', 'train/side/loss', 'train/end/accuracy'],
    ])
  })
})
