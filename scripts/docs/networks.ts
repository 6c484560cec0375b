/** The small networks over the digits that techniques are tried on. */
import type { Project, ProjectNode, Setting, Wire } from '#engine/project/project.ts'

/** One layer of a network, by what it is there for. */
export interface Step extends Setting {
  readonly role: 'input' | 'hidden' | 'between' | 'output'
}

/** A network as a chain of layers. */
export interface Network {
  readonly name: string
  readonly title: string
  readonly steps: readonly Step[]
  /** Adds what goes into the last hidden layer to what comes out of it, and of all that was put behind it. */
  readonly residual?: true
}

const step = (role: Step['role'], kind: string, params: Setting['params'] = {}): Step => ({ role, kind, params })
const hidden = (units: number): Step => step('hidden', 'dense', { units, activation: 'relu' })
const output = step('output', 'dense', { units: 10, activation: 'softmax' })

/** Rows and columns of a digit. */
export const imageSize = 8

/** In the order in which a technique is tried to be placed. */
export const networks: readonly [Network, ...Network[]] = [
  { name: 'dense', title: '64 → 64 → 64 → 10', steps: [step('input', 'input'), hidden(64), hidden(64), output] },
  {
    name: 'image',
    title: '8 × 8 image → Conv2D 16 → 64 → 10',
    steps: [
      step('input', 'input', { shape: [imageSize, imageSize, 1] }),
      step('hidden', 'conv2D', { filters: 16, kernelSize: [3, 3], padding: 'same', activation: 'relu' }),
      step('between', 'maxPooling2D'),
      step('between', 'flatten'),
      hidden(64),
      output,
    ],
  },
  {
    name: 'series',
    title: '8 steps of 8 numbers → Conv1D 32 → 64 → 10',
    steps: [
      step('input', 'input', { shape: [imageSize, imageSize] }),
      step('hidden', 'conv1D', { filters: 32, kernelSize: [3], padding: 'same', activation: 'relu' }),
      step('between', 'flatten'),
      hidden(64),
      output,
    ],
  },
]

/** The dense network with a shortcut around its second layer, for what belongs at the end of a branch. */
export const residual: Network = {
  name: 'residual',
  title: '64 → 64 → (64 + shortcut) → 10',
  steps: [step('input', 'input'), hidden(64), hidden(64), output],
  residual: true,
}

/** The dense network with dropout, for what compares two looks at the same rows. */
export const dropped: Network = {
  name: 'dropout',
  title: '64 → 64 → dropout 0.2 → 64 → dropout 0.2 → 10',
  steps: [
    step('input', 'input'),
    ...[64, 64].flatMap((units) => [hidden(units), step('between', 'dropout', { rate: 0.2 })]),
    output,
  ],
}

/** How long and on what a network is trained. */
export const epochs = 60
const batchSize = 32
export const rows = { train: 200, validation: 400 }
export const stepsPerRun = epochs * Math.ceil(rows.train / batchSize)

/** High enough for the networks to be done learning before the last epoch, and to learn by heart after that. */
const learningRate = 0.003

/** A network as a project over a table of digits, trained with Adam. */
export function projectOf({ name, steps, residual: shortcut }: Network, source: string, seed: number): Project {
  const nodes = steps.map(({ kind, params }, index): ProjectNode => ({
    name: index === 0 ? kind : `${kind}${index}`,
    kind,
    params,
    position: { x: index * 240, y: 0 },
  }))
  const wires = nodes.slice(1).map((node, index): Wire => ({ from: nodes[index]?.name ?? '', to: node.name }))
  const base: Project = {
    format: 'espalier',
    version: 1,
    name,
    doc: '',
    graph: { nodes, wires },
    data: {
      source,
      columns: { digit: { type: 'category', role: 'target' } },
      validationFraction: rows.validation / (rows.train + rows.validation),
      stratify: true,
      standardize: true,
    },
    training: {
      loss: { kind: 'categoricalCrossentropy', params: {} },
      optimizer: { kind: 'adam', params: { learningRate } },
      metrics: [{ kind: 'accuracy', params: {} }],
      regularizers: [],
      epochs,
      batchSize,
      shuffle: true,
      seed,
    },
    weights: null,
  }
  return shortcut ? withShortcut(base, steps) : base
}

function withShortcut(project: Project, steps: readonly Step[]): Project {
  const { nodes, wires } = project.graph
  const last = steps.findLastIndex(({ role }) => role === 'hidden')
  const [before, end, after] = [nodes[last - 1], nodes.at(-2), nodes.at(-1)]
  if (!before || !end || !after) return project
  const add: ProjectNode = { name: 'add', kind: 'add', params: {}, position: { x: 0, y: 120 } }
  return {
    ...project,
    graph: {
      nodes: [...nodes, add],
      wires: [
        ...wires.filter(({ to }) => to !== after.name),
        { from: before.name, to: add.name },
        { from: end.name, to: add.name },
        { from: add.name, to: after.name },
      ],
    },
  }
}
