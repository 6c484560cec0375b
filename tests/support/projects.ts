/** Small projects, written as briefly as a test wants them. */
import type { Project, ProjectNode, Setting, TrainingSettings } from '#engine/project/project.ts'

/** A definition filled in: `setting('l1', { strength: 0.1 })`. */
export function setting(kind: string, params: Setting['params'] = {}): Setting {
  return { kind, params }
}

/** Layers one after the other, named by their kind and place: `dense1`, `dropout2`. An Input, named `input`, comes first. */
export function chain(layers: readonly Setting[], training: Partial<TrainingSettings>): Project {
  const nodes: ProjectNode[] = [setting('input'), ...layers].map(({ kind, params }, index) => ({
    kind,
    params,
    name: index === 0 ? kind : `${kind}${index}`,
    position: { x: 200 * index, y: 0 },
  }))
  return {
    format: 'espalier',
    version: 1,
    name: 'test',
    doc: '',
    graph: {
      nodes,
      wires: nodes.slice(1).map(({ name }, index) => ({ from: nodes[index]!.name, to: name })),
    },
    data: { source: null, columns: {}, validationFraction: 0.25, stratify: true, standardize: true },
    training: {
      loss: setting('sparseCategoricalCrossentropy'),
      optimizer: setting('sgd'),
      metrics: [],
      regularizers: [],
      epochs: 1,
      batchSize: 4,
      shuffle: true,
      seed: 0,
      ...training,
    },
    weights: null,
  }
}
