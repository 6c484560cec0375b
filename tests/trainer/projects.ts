/** Small projects and tables for suites about training. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import type { DataSettings, Project, ProjectNode, Setting, TrainingSettings } from '#engine/project/project.ts'

/** The tables that ship with Espalier. */
export const samples = resolve(import.meta.dirname, '..', '..', 'resources', 'data')

export const setting = (kind: string, params: Setting['params'] = {}): Setting => ({ kind, params })

export const dataSettings: DataSettings = {
  source: null,
  columns: {},
  validationFraction: 0.2,
  stratify: true,
  standardize: true,
}

const position = { x: 0, y: 0 }

/** A chain of layers after an Input, one setting each, named `<kind><number>`. */
export function chain(...layers: readonly Setting[]): Project['graph'] {
  const nodes: ProjectNode[] = [{ ...setting('input'), name: 'input', position }]
  layers.forEach((layer, index) => nodes.push({ ...layer, name: `${layer.kind}${index + 1}`, position }))
  const wires = nodes.slice(1).map((node, index) => ({ from: nodes[index]?.name ?? '', to: node.name }))
  return { nodes, wires }
}

const classifier = chain(
  setting('dense', { units: 16, activation: 'relu', kernelRegularizers: [setting('l1', { strength: 0.001 })] }),
  setting('dropout', { rate: 0.2 }),
  setting('dense', { units: 1, activation: 'sigmoid' }),
)

/** Two classes on the breast cancer table, with L1, Dropout and Adam: everything that has a state. */
export function cancerProject(
  changes: {
    readonly graph?: Project['graph']
    readonly data?: Partial<DataSettings>
    readonly training?: Partial<TrainingSettings>
  } = {},
): Project {
  return {
    format: 'espalier',
    version: 1,
    name: 'cancer',
    doc: '',
    graph: changes.graph ?? classifier,
    data: { ...dataSettings, source: 'sample:breast_cancer.csv', ...changes.data },
    training: {
      loss: setting('binaryCrossentropy'),
      optimizer: setting('adam'),
      metrics: [setting('accuracy')],
      regularizers: [],
      epochs: 4,
      batchSize: 32,
      shuffle: true,
      seed: 7,
      ...changes.training,
    },
    weights: null,
  }
}

/** A folder that is gone when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'espalier-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
