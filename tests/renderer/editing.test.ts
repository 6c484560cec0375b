import { describe, expect, test } from 'vitest'
import type { ParamValue, ProjectGraph, ProjectNode } from '#engine/project/project.ts'
import { sharedParams } from '../../src/renderer/src/inspector/sharedParams.ts'
import { swap, swapRefusal } from '../../src/renderer/src/state/edits.ts'
import { formatOperations } from '../../src/renderer/src/ui/numbers.ts'

const node = (
  name: string,
  kind: string,
  x: number,
  params: Readonly<Record<string, ParamValue>> = {},
): ProjectNode => ({
  name,
  kind,
  params,
  position: { x, y: 0 },
})

const line: ProjectGraph = {
  nodes: [node('input', 'input', 0), node('a', 'dense', 1), node('b', 'dropout', 2), node('c', 'dense', 3)],
  wires: [
    { from: 'input', to: 'a' },
    { from: 'a', to: 'b' },
    { from: 'b', to: 'c' },
  ],
}

describe('two layers in one line', () => {
  test('change places and stay wired', () => {
    const swapped = swap(line, 'a', 'b')
    expect(swapped.wires.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(['b a', 'a c', 'input b'].sort())
    expect(swapped.nodes.map(({ name, position }) => [name, position.x])).toEqual([
      ['input', 0],
      ['a', 2],
      ['b', 1],
      ['c', 3],
    ])
  })

  test('cannot where one is the Input, ends the network, or branches', () => {
    expect(swapRefusal(line, 'a', 'b')).toBeNull()
    expect(swapRefusal(line, 'input', 'a')).toMatch(/input .*stays first/)
    expect(swapRefusal(line, 'c', undefined)).toMatch(/no layer/)
    const branched = { ...line, wires: [...line.wires, { from: 'a', to: 'c' }] }
    expect(swapRefusal(branched, 'a', 'b')).toMatch(/not in one line/)
  })
})

describe('what several layers have in common', () => {
  test('is every parameter of the same name and form, with each layer’s value', () => {
    const shared = sharedParams([node('a', 'dense', 0, { units: 8 }), node('b', 'conv2D', 0, { activation: 'relu' })])
    const names = shared.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['activation', 'kernelRegularizers', 'useBias']))
    expect(names).not.toContain('units')
    expect(shared.find(({ name }) => name === 'activation')).toMatchObject({
      values: ['linear', 'relu'],
      isSame: false,
    })
    expect(shared.find(({ name }) => name === 'useBias')).toMatchObject({ values: [true, true], isSame: true })
  })

  test('is nothing for layers of unlike kinds', () => {
    expect(sharedParams([node('a', 'flatten', 0), node('b', 'dense', 0)])).toEqual([])
  })
})

test('operations read in three digits with their unit', () => {
  expect([0, 850, 3968, 12_400_000, 3.1e9].map(formatOperations)).toEqual([
    '0 FLOPs',
    '850 FLOPs',
    '3.97 kFLOPs',
    '12.4 MFLOPs',
    '3.1 GFLOPs',
  ])
  expect(formatOperations(999_999)).toBe('1 MFLOPs')
})
