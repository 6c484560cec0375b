/**
 * Random legal combinations of layers and techniques, trained three steps: nothing is NaN, the export is what was trained, and the
 * same seed gives the same bits. ESPALIER_COMBINATIONS says how many (60 by default, 500 a night).
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Definition, Param, Place } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import { IssueError, type ParamValue, type Project, type ProjectNode, type Setting } from '#engine/project/project.ts'
import { createRandom } from '#engine/random.ts'
import { CallError } from '#shared/result.ts'
import { exportTrained } from '#main/trainer/export.ts'
import { cancerProject, chain, setting, temporaryFolder } from '../trainer/projects.ts'
import { bits, finishRun, quiet } from '../trainer/runs.ts'

const runs = Number(process.env['ESPALIER_COMBINATIONS'] ?? 60)

/** Numbers that a person might set: the default, the ends of what is sensible, or any choice there is. */
function someValue(param: Param): fc.Arbitrary<ParamValue> {
  switch (param.type) {
    case 'number':
      return fc.constantFrom(param.default, ...(param.sensible ?? []))
    case 'choice':
      return fc.constantFrom(...param.options)
    case 'boolean':
      return fc.boolean()
    default:
      return fc.constant(param.default)
  }
}

function someSetting({ kind, params }: Definition): fc.Arbitrary<Setting> {
  const values = fc.record(Object.fromEntries(Object.entries(params).map(([name, param]) => [name, someValue(param)])))
  return values.map((chosen) => ({ kind, params: chosen }))
}

const oneOf = (all: readonly Definition[]): fc.Arbitrary<Setting> => fc.constantFrom(...all).chain(someSetting)

/** Up to so many different ones. */
const some = (all: readonly Definition[], most: number): fc.Arbitrary<readonly Setting[]> =>
  fc
    .subarray([...all], { maxLength: most })
    .chain((chosen) => fc.tuple(...chosen.map(someSetting)).map((settings): readonly Setting[] => settings))

const at = (place: Place) => Object.values(definitions.regularizer).filter(({ places }) => places.includes(place))
const layersOf = (group: string) => Object.values(definitions.layer).filter((layer) => layer.group === group)
const constraints = Object.values(definitions.constraint)

/** What a layer with a kernel is given. */
const weighed = fc.record({
  kernelRegularizers: some(at('weight'), 2),
  biasRegularizers: some(at('weight'), 1),
  activityRegularizers: some(at('activity'), 1),
  kernelConstraints: some(constraints, 1),
  activation: fc.constantFrom('relu', 'tanh', 'elu', 'linear'),
})

const noise = fc.oneof(
  { weight: 3, arbitrary: oneOf(layersOf('Regularization')) },
  { weight: 2, arbitrary: oneOf(layersOf('Normalization')) },
  { weight: 1, arbitrary: fc.constant(setting('activation', { activation: 'relu' })) },
)

/** 48 numbers a row, taken as a table, a series or an image. */
const inputs = {
  table: { shape: [], layer: setting('dense', { units: 8 }), end: null },
  series: {
    shape: [12, 4],
    layer: setting('conv1D', { filters: 8, kernelSize: [3], padding: 'same' }),
    end: 'flatten',
  },
  image: {
    shape: [4, 4, 3],
    layer: setting('conv2D', { filters: 16, kernelSize: [3, 3], padding: 'same' }),
    end: 'globalAveragePooling2D',
  },
} as const

const targets = {
  classes: { units: 3, activation: 'softmax', loss: 'sparseCategoricalCrossentropy', column: 'class' },
  yes: { units: 1, activation: 'sigmoid', loss: 'binaryCrossentropy', column: 'answer' },
  number: { units: 1, activation: 'linear', loss: 'huber', column: 'amount' },
} as const

const combination = fc.record({
  input: fc.constantFrom(...Object.values(inputs)),
  target: fc.oneof(
    { weight: 4, arbitrary: fc.constant(targets.classes) },
    { weight: 1, arbitrary: fc.constantFrom(targets.yes, targets.number) },
  ),
  augmentation: some(layersOf('Augmentation'), 1),
  blocks: fc.array(fc.record({ weighed, noise }), { minLength: 1, maxLength: 2 }),
  last: weighed,
  techniques: some(at('training'), 4),
  optimizer: oneOf(Object.values(definitions.optimizer)),
  residual: fc.boolean(),
  seed: fc.nat(1000),
})

type Combination = typeof combination extends fc.Arbitrary<infer C> ? C : never

/** Of groups that divide any number of channels. */
const fitting = ({ kind, params }: Setting): Setting =>
  kind === 'groupNormalization' ? setting(kind, { ...params, groups: -1 }) : setting(kind, params)

/** Every optimizer at its own defaults: their other numbers are not what is combined here. */
const plain = ({ kind }: Setting): Setting => setting(kind)

function projectOf(
  { input, target, augmentation, blocks, last, techniques, optimizer, residual, seed }: Combination,
  source: string,
): Project {
  const layers: Setting[] = [
    ...augmentation,
    ...blocks.flatMap(({ weighed: own, noise: after }) => [
      { ...input.layer, params: { ...input.layer.params, ...own } },
      fitting(after),
    ]),
    ...(input.end ? [setting(input.end)] : []),
    setting('dense', { ...last, units: target.units, activation: target.activation }),
  ]
  const drawn = chain(...layers)
  const nodes: ProjectNode[] = drawn.nodes.map((node) =>
    node.kind === 'input' ? { ...node, params: { shape: [...input.shape] } } : node,
  )
  const columns = Object.fromEntries(
    Object.values(targets).map(({ column }) => [
      column,
      { role: column === target.column ? ('target' as const) : ('ignore' as const) },
    ]),
  )
  const graph = residual ? withShortcut({ ...drawn, nodes }, augmentation.length) : { ...drawn, nodes }
  return cancerProject({
    graph,
    data: { source, columns, validationFraction: 0.2 },
    training: {
      loss: setting(target.loss),
      metrics: [],
      optimizer: plain(optimizer),
      regularizers: techniques,
      epochs: 1,
      batchSize: 16,
      seed,
    },
  })
}

/** The second block's output, where there are two, with the first one's added: what a residual branch ends in. */
function withShortcut(graph: Project['graph'], augmentations: number): Project['graph'] {
  const first = graph.nodes[augmentations + 2]
  const second = graph.nodes[augmentations + 4]
  const next = graph.nodes[augmentations + 5]
  if (!first || !second || !next || first.kind === 'dense' || graph.nodes.length < augmentations + 6) return graph
  const add: ProjectNode = { ...setting('add'), name: 'shortcut', position: { x: 0, y: 0 } }
  return {
    nodes: [...graph.nodes, add],
    wires: [
      ...graph.wires.filter(({ from, to }) => !(from === second.name && to === next.name)),
      { from: second.name, to: add.name },
      { from: first.name, to: add.name },
      { from: add.name, to: next.name },
    ],
  }
}

async function writeTable(): Promise<string> {
  const random = createRandom(3, 'combinations')
  const names = [...Array.from({ length: 48 }, (_, index) => `x${index}`), 'class', 'answer', 'amount']
  const lines = Array.from({ length: 60 }, (_, row) => {
    const numbers = Array.from({ length: 48 }, () => random.normal().toFixed(3))
    return [...numbers, `c${row % 3}`, row % 2 === 0 ? 'yes' : 'no', (row % 7) + random.uniform()].join()
  })
  const path = join(await temporaryFolder(), 'table.csv')
  await writeFile(path, [names.join(), ...lines].join('\n'))
  return path
}

test(
  'any legal combination of layers and techniques trains to numbers, repeats to the bit and exports to its like',
  async () => {
    const source = await writeTable()
    await fc.assert(
      fc.asyncProperty(combination, async (drawn) => {
        const project = projectOf(drawn, source)
        const observed = await finishRun(project).catch((error: unknown) => {
          // What does not go together is refused with a sentence, not found out by a crash; then another is drawn.
          if (!(error instanceof IssueError || error instanceof CallError)) throw error
          return fc.pre(false)
        })
        if (!observed) return
        const { run } = observed
        const [ended] = observed.all('ended')
        expect(ended?.note ?? null).toBeNull()
        const { weights, epoch } = run.kept()
        for (const [name, { data }] of weights) expect(data.every(Number.isFinite), `${name} is finite`).toBe(true)
        const again = await finishRun(project)
        expect(bits(again.run.kept().weights)).toEqual(bits(weights))
        const path = join(await temporaryFolder(), 'model.onnx')
        const { parity } = await exportTrained(
          { prepared: run.prepared, weights, epoch, live: run.live },
          { path, opset: 17 },
          quiet,
        )
        expect(parity.passed).toBe(true)
      }),
      { numRuns: runs, seed: 4, endOnFailure: true },
    )
  },
  60_000 + runs * 3000,
)
