import type { Project } from '#engine/project/project.ts'

/** A small project that a test may change in one place. */
export const project: Project = {
  format: 'espalier',
  version: 1,
  name: 'Iris: a test',
  doc: '',
  graph: {
    nodes: [
      { name: 'input', kind: 'input', params: {}, position: { x: 0, y: 0 } },
      { name: 'dense1', kind: 'dense', params: { units: 3, activation: 'softmax' }, position: { x: 240, y: 0 } },
    ],
    wires: [{ from: 'input', to: 'dense1' }],
  },
  data: { source: 'sample:iris.csv', columns: {}, validationFraction: 0.2, stratify: true, standardize: true },
  training: {
    loss: { kind: 'sparseCategoricalCrossentropy', params: {} },
    optimizer: { kind: 'adam', params: {} },
    metrics: [],
    regularizers: [],
    epochs: 2,
    batchSize: 16,
    shuffle: true,
    seed: 1,
  },
  weights: null,
}
