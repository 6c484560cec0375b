/** A workload as a person would bring it to the workbench: a project and a CSV file. */
import type { Project, ProjectGraph, ProjectNode, Setting, Wire } from '#engine/project/project.ts'
import { createRandom } from '#engine/random.ts'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { classesOf, featuresOf, type Layer, type Workload } from './workloads.ts'

/** The data file's name in a workload's folder. */
const dataFile = 'data.csv'

/** More epochs than any measurement takes: it is stopped, not finished. */
const endless = 1_000_000

const setting = (kind: string, params: Setting['params'] = {}): Setting => ({ kind, params })

/** What a layer is in a project; a residual is several. */
function settingOf(layer: Exclude<Layer, { kind: 'residual' }>): Setting {
  switch (layer.kind) {
    case 'dense': {
      const { units, activation, penalty } = layer
      const kernelRegularizers = penalty ? [setting(penalty.kind, { strength: penalty.strength })] : []
      return setting('dense', { units, activation, kernelRegularizers })
    }
    case 'convolution': {
      const { filters, size, stride, bias } = layer
      const window = { kernelSize: [size, size], strides: [stride, stride], padding: 'same' }
      return setting('conv2D', { filters, ...window, useBias: bias })
    }
    case 'dropout':
      return setting('dropout', { rate: layer.rate })
    case 'relu':
      return setting('activation', { activation: 'relu' })
    case 'maxPooling':
      return setting('maxPooling2D')
    case 'globalAveragePooling':
      return setting('globalAveragePooling2D')
    case 'batchNormalization':
    case 'flatten':
      return setting(layer.kind)
  }
}

/** The workload's network as it is drawn. */
function graphOf({ input, layers }: Workload): ProjectGraph {
  const nodes: ProjectNode[] = []
  const wires: Wire[] = []
  const place = ({ kind, params }: Setting, from: readonly string[]): string => {
    const name = nodes.length === 0 ? kind : `${kind}${nodes.length}`
    nodes.push({ name, kind, params, position: { x: 0, y: nodes.length * 100 } })
    wires.push(...from.map((each) => ({ from: each, to: name })))
    return name
  }
  const follow = (from: string, steps: readonly Layer[]): string =>
    steps.reduce((last, layer) => {
      if (layer.kind !== 'residual') return place(settingOf(layer), [last])
      return place(setting('add'), [follow(last, layer.layers), follow(last, layer.shortcut)])
    }, from)
  const first = place(setting('input', input.length > 1 ? { shape: input } : {}), [])
  follow(first, layers)
  return { nodes, wires }
}

/** The workload as a project whose data lie beside it, every row for training. */
export function projectOf(workload: Workload): Project {
  const isBinary = classesOf(workload) === 2
  return {
    format: 'espalier',
    version: 1,
    name: workload.title,
    doc: '',
    graph: graphOf(workload),
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
  const lines = [[...Array.from({ length: featuresOf(workload) }, (_, index) => `x${index}`), 'class'].join()]
  for (let row = 0; row < workload.rows; row++) {
    const numbers = Array.from({ length: featuresOf(workload) }, () => random.normal().toFixed(2))
    lines.push(`${numbers.join()},c${row % classes}`)
  }
  await writeFile(join(folder, dataFile), `${lines.join('\n')}\n`)
}
