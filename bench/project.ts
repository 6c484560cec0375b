/** A workload as a person would bring it to the workbench: a project and a CSV file. */
import type { Project, ProjectNode, Setting } from '#engine/project/project.ts'
import { createRandom } from '#engine/random.ts'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { classesOf, type Workload } from './workloads.ts'

/** The data file's name in a workload's folder. */
const dataFile = 'data.csv'

/** More epochs than any measurement takes: it is stopped, not finished. */
const endless = 1_000_000

const setting = (kind: string, params: Setting['params'] = {}): Setting => ({ kind, params })

/** The workload as a project whose data lie beside it, every row for training. */
export function projectOf(workload: Workload): Project {
  const layers: Omit<ProjectNode, 'position'>[] = [{ name: 'input', kind: 'input', params: {} }]
  workload.layers.forEach(({ units, activation, penalty, dropout }, index) => {
    const kernelRegularizers = penalty ? [setting(penalty.kind, { strength: penalty.strength })] : []
    layers.push({ name: `dense${index + 1}`, kind: 'dense', params: { units, activation, kernelRegularizers } })
    if (dropout !== undefined) layers.push({ name: `dropout${index + 1}`, kind: 'dropout', params: { rate: dropout } })
  })
  const nodes = layers.map((layer, index) => ({ ...layer, position: { x: 0, y: index * 100 } }))
  const isBinary = classesOf(workload) === 2
  return {
    format: 'espalier',
    version: 1,
    name: workload.title,
    doc: '',
    graph: {
      nodes,
      wires: nodes.slice(1).map(({ name }, index) => ({ from: nodes[index]!.name, to: name })),
    },
    data: { source: dataFile, columns: {}, validationFraction: 0, stratify: false, standardize: true },
    training: {
      loss: setting(isBinary ? 'binaryCrossentropy' : 'sparseCategoricalCrossentropy'),
      optimizer: setting('adam', { learningRate: workload.learningRate }),
      metrics: [],
      regularizers: [],
      epochs: endless,
      batchSize: workload.batch,
      shuffle: true,
      seed: 1,
    },
    weights: null,
  }
}

/** Writes random rows of the workload's size into `folder`; which numbers they are makes no difference to the speed. */
export async function writeData(workload: Workload, folder: string): Promise<void> {
  const random = createRandom(1, workload.name)
  const classes = classesOf(workload)
  const lines = [[...Array.from({ length: workload.features }, (_, index) => `x${index}`), 'class'].join()]
  for (let row = 0; row < workload.rows; row++) {
    const numbers = Array.from({ length: workload.features }, () => random.normal().toFixed(2))
    lines.push(`${numbers.join()},c${row % classes}`)
  }
  await writeFile(join(folder, dataFile), `${lines.join('\n')}\n`)
}
