/** What is special about single layers that read sequences or combine several inputs. */
import { describe, expect, test } from 'vitest'
import { buildForward } from '#engine/compile/forward.ts'
import { definitions } from '#engine/definitions.ts'
import type { Shape } from '#engine/graph/graph.ts'
import { Builder } from '#engine/ops/builder.ts'
import { checkProject } from '#engine/project/check.ts'
import type { ParamValue, ProjectNode } from '#engine/project/project.ts'
import { chain, setting } from '../support/projects.ts'
import { legalValues } from '../support/settings.ts'
import { build } from './every/layers/case.ts'

function defaultsOf(kind: string) {
  const layer = definitions.layer[kind] ?? expect.fail(`there is no layer ${kind}`)
  return { layer, params: legalValues(layer, 0)[0]! }
}

const recurrent = ['simpleRNN', 'lstm', 'gru'] as const

describe.each(recurrent)('%s', (kind) => {
  const { layer, params } = defaultsOf(kind)
  const inputs: readonly Shape[] = [['batch', 3, 2]]
  const gates = { simpleRNN: 1, lstm: 4, gru: 3 }[kind]

  test('names its weights as Keras does, the forward ones first', () => {
    const names = (bidirectional: string) =>
      build(layer, { inputs }, { ...params, bidirectional }, true).weights.map(({ value }) => value.name)
    const own = ['kernel', 'recurrentKernel', 'bias']
    expect(names('none')).toEqual(own.map((name) => `layer/${name}`))
    expect(names('sum')).toEqual(['forward', 'backward'].flatMap((way) => own.map((name) => `layer/${way}/${name}`)))
  })

  test('draws one mask a sequence for its inputs, and one for each gate once the state is dropped too', () => {
    const shapes = (dropout: number, recurrentDropout: number) => {
      const { random, feeds } = build(layer, { inputs }, { ...params, units: 5, dropout, recurrentDropout }, true)
      return random.map((name) => feeds[name]!.shape)
    }
    expect(shapes(0, 0)).toEqual([])
    expect(shapes(0.5, 0)).toEqual([[3, 2]])
    const each = (shape: readonly number[]) => Array.from({ length: gates }, () => shape)
    expect(shapes(0.5, 0.25)).toEqual([...each([3, 2]), ...each([3, 5])])
  })

  test('hands on what both directions put out to be penalized, before it is joined', () => {
    const activityRegularizers = [{ kind: 'l2', params: {} }]
    const settings = { ...params, units: 2, bidirectional: 'mul', activityRegularizers }
    const { penalized, output } = build(layer, { inputs }, settings, true)
    expect(output.shape).toEqual(['batch', 2])
    expect(penalized.map(({ value }) => value.shape)).toEqual([['batch', 4]])
  })

  test('is told when it is to read backwards and in both directions', () => {
    const project = chain([setting(kind, { bidirectional: 'sum', goBackwards: true })], {})
    expect(checkProject(project).map(({ message }) => message)).toContainEqual(
      expect.stringContaining('both directions are read already'),
    )
  })
})

test('masks of one layer are different ones', () => {
  const g = new Builder('masks')
  const drawn: string[] = []
  const node = (name: string, kind: string, params: Readonly<Record<string, ParamValue>> = {}): ProjectNode => ({
    name,
    kind,
    params,
    position: { x: 0, y: 0 },
  })
  const { issues } = buildForward(
    g,
    {
      nodes: [node('input', 'input'), node('lstm', 'lstm', { dropout: 0.5, recurrentDropout: 0.5 })],
      wires: [{ from: 'input', to: 'lstm' }],
    },
    {
      training: true,
      weight: ({ name, shape }) => g.input(name, 'float32', shape),
      live: ({ value }) => g.scalar(value),
      draws: {
        mask: (name, shape) => {
          drawn.push(name)
          return g.input(`mask of ${name}`, 'float32', shape)
        },
        uniform: (_, shape) => g.zeros(shape, 'float32'),
        normal: (_, shape) => g.zeros(shape, 'float32'),
      },
    },
    () => g.input('x', 'float32', [2, 3, 4]),
  )
  expect(issues).toEqual([])
  expect(drawn).toHaveLength(8)
  expect(new Set(drawn).size).toBe(8)
})

describe('a layer of several inputs, axes or steps says what does not fit', () => {
  const cases: readonly (readonly [string, readonly Shape[], Readonly<Record<string, ParamValue>>, string])[] = [
    [
      'multiply',
      [
        ['batch', 2, 3],
        ['batch', 4],
      ],
      {},
      'multiplies [batch, 2, 3] and [batch, 4]',
    ],
    [
      'dot',
      [
        ['batch', 2],
        ['batch', 3],
      ],
      {},
      'axis 1 of [batch, 2] and axis 1 of [batch, 3]',
    ],
    [
      'dot',
      [
        ['batch', 2],
        ['batch', 2],
      ],
      { axes: [2] },
      'has no axis 2 in [batch, 2]',
    ],
    ['softmax', [['batch', 2]], { axis: 0 }, 'has no axis 0'],
    ['prelu', [['batch', 2]], { sharedAxes: [2] }, 'has no axis 2'],
    [
      'lstm',
      [['batch', 6]],
      {},
      'takes [batch, steps, features], but x0 gives [batch, 6]; insert Reshape between x0 and layer',
    ],
    ['multiHeadAttention', [['batch', 6]], {}, 'insert Reshape between x0 and layer'],
    [
      'attention',
      [
        ['batch', 2, 3],
        ['batch', 4, 5],
      ],
      {},
      '[batch, 2, 3] from x0 with keys [batch, 4, 5] from x1',
    ],
    [
      'additiveAttention',
      [
        ['batch', 2, 3],
        ['batch', 4, 3],
        ['batch', 5, 3],
      ],
      {},
      'x1 gives [batch, 4, 3] and x2 gives [batch, 5, 3]',
    ],
  ]
  test.each(cases)('%s of %j with %j', (kind, inputs, own, words) => {
    const { layer, params } = defaultsOf(kind)
    expect(() => build(layer, { inputs }, { ...params, ...own }, false)).toThrow(words)
  })
})
