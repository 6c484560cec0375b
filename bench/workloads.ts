/** What is measured. Each workload is declared once, here; our project and the peers' models are made from it. */

export interface DenseLayer {
  readonly units: number
  readonly activation: 'relu' | 'sigmoid' | 'softmax'
  /** Strength × Σ|w| (l1) or strength × Σw² (l2) of the kernel, added to the loss. */
  readonly penalty?: { readonly kind: 'l1' | 'l2'; readonly strength: number }
  /** Fraction of the outputs that is dropped while training. */
  readonly dropout?: number
}

/** A stack of Dense layers, trained with Adam; the last one's activation decides the cross-entropy. */
export interface Workload {
  readonly name: string
  readonly title: string
  readonly features: number
  readonly layers: readonly DenseLayer[]
  readonly learningRate: number
  readonly batch: number
  /** Rows of the data set: a multiple of the batch, so that every step is a full one. */
  readonly rows: number
}

/** Threads that each participant computes with. */
export const threads = 2

const l2 = { kind: 'l2', strength: 1e-4 } as const

export const workloads: readonly Workload[] = [
  {
    name: 'a',
    title: '10-64-1, L1, batch 32',
    features: 10,
    layers: [
      { units: 64, activation: 'relu', penalty: { kind: 'l1', strength: 0.01 } },
      { units: 1, activation: 'sigmoid' },
    ],
    learningRate: 0.001,
    batch: 32,
    rows: 32 * 1024,
  },
  {
    name: 'b',
    title: '784-512-256-10, dropout 0.2, L2, batch 128',
    features: 784,
    layers: [
      { units: 512, activation: 'relu', penalty: l2, dropout: 0.2 },
      { units: 256, activation: 'relu', penalty: l2, dropout: 0.2 },
      { units: 10, activation: 'softmax' },
    ],
    learningRate: 0.001,
    batch: 128,
    rows: 128 * 64,
  },
  {
    name: 'd',
    title: '784-2048-2048-10, batch 256',
    features: 784,
    layers: [
      { units: 2048, activation: 'relu' },
      { units: 2048, activation: 'relu' },
      { units: 10, activation: 'softmax' },
    ],
    learningRate: 0.001,
    batch: 256,
    rows: 256 * 16,
  },
]

/** Number of classes a workload tells apart. */
export function classesOf({ layers }: Workload): number {
  return Math.max(2, layers.at(-1)?.units ?? 0)
}

/** Steps of one epoch. */
export function stepsOf({ rows, batch }: Workload): number {
  return Math.floor(rows / batch)
}
