/** What is measured. Each workload is declared once, here; our project and the peers' models are made from it. */

/** A layer of every participant's model; sizes that are left out follow from what comes before. */
export type Layer =
  | {
      readonly kind: 'dense'
      readonly units: number
      readonly activation: 'relu' | 'sigmoid' | 'softmax'
      /** Strength × Σ|w| (l1) or strength × Σw² (l2) of the kernel, added to the loss. */
      readonly penalty?: { readonly kind: 'l1' | 'l2'; readonly strength: number }
    }
  | { readonly kind: 'dropout'; readonly rate: number }
  /** Padded so that a stride of 1 keeps the size; `size` is that of the square kernel. */
  | {
      readonly kind: 'convolution'
      readonly filters: number
      readonly size: number
      readonly stride: number
      readonly bias: boolean
    }
  | { readonly kind: 'batchNormalization' }
  | { readonly kind: 'relu' }
  /** Halves rows and columns. */
  | { readonly kind: 'maxPooling' }
  | { readonly kind: 'globalAveragePooling' }
  | { readonly kind: 'flatten' }
  /** The sum of two ways through the network; a shortcut without layers is the input itself. */
  | { readonly kind: 'residual'; readonly layers: readonly Layer[]; readonly shortcut: readonly Layer[] }

/** A network trained with Adam; the activation of its last layer, a dense one, decides the cross-entropy. */
export interface Workload {
  readonly name: string
  readonly title: string
  /** Shape of a row: numbers, or rows, columns and channels of an image. */
  readonly input: readonly number[]
  readonly layers: readonly Layer[]
  readonly learningRate: number
  readonly batch: number
  /** Rows of the data set: a multiple of the batch, so that every step is a full one. */
  readonly rows: number
}

/** Threads that each participant computes with. */
export const threads = 2

const l2 = { kind: 'l2', strength: 1e-4 } as const

const dense = (units: number, activation: 'relu' | 'sigmoid' | 'softmax'): Layer => ({
  kind: 'dense',
  units,
  activation,
})

const relu: Layer = { kind: 'relu' }

/** A convolution that batch normalization follows, so that it needs no bias. */
const normalized = (filters: number, size: number, stride: number): readonly Layer[] => [
  { kind: 'convolution', filters, size, stride, bias: false },
  { kind: 'batchNormalization' },
]

/** Two convolutions and what goes around them, as in ResNet for small images (He et al. 2015). */
const block = (filters: number, stride: number): readonly Layer[] => [
  {
    kind: 'residual',
    layers: [...normalized(filters, 3, stride), relu, ...normalized(filters, 3, 1)],
    shortcut: stride === 1 ? [] : normalized(filters, 1, stride),
  },
  relu,
]

const convolution = (filters: number): readonly Layer[] => [
  { kind: 'convolution', filters, size: 3, stride: 1, bias: true },
  relu,
  { kind: 'maxPooling' },
]

export const workloads: readonly Workload[] = [
  {
    name: 'a',
    title: '10-64-1, L1, batch 32',
    input: [10],
    layers: [
      { kind: 'dense', units: 64, activation: 'relu', penalty: { kind: 'l1', strength: 0.01 } },
      dense(1, 'sigmoid'),
    ],
    learningRate: 0.001,
    batch: 32,
    rows: 32 * 1024,
  },
  {
    name: 'b',
    title: '784-512-256-10, dropout 0.2, L2, batch 128',
    input: [784],
    layers: [
      { kind: 'dense', units: 512, activation: 'relu', penalty: l2 },
      { kind: 'dropout', rate: 0.2 },
      { kind: 'dense', units: 256, activation: 'relu', penalty: l2 },
      { kind: 'dropout', rate: 0.2 },
      dense(10, 'softmax'),
    ],
    learningRate: 0.001,
    batch: 128,
    rows: 128 * 64,
  },
  {
    name: 'c',
    title: 'Conv 32, pool, Conv 64, pool, dropout 0.5, Dense 128, Dense 10 on 28×28, batch 64',
    input: [28, 28, 1],
    layers: [
      ...convolution(32),
      ...convolution(64),
      { kind: 'dropout', rate: 0.5 },
      { kind: 'flatten' },
      dense(128, 'relu'),
      dense(10, 'softmax'),
    ],
    learningRate: 0.001,
    batch: 64,
    rows: 64 * 16,
  },
  {
    name: 'd',
    title: '784-2048-2048-10, batch 256',
    input: [784],
    layers: [dense(2048, 'relu'), dense(2048, 'relu'), dense(10, 'softmax')],
    learningRate: 0.001,
    batch: 256,
    rows: 256 * 16,
  },
  {
    name: 'e',
    title: 'ResNet-20 with batch normalization on 32×32×3, batch 64',
    input: [32, 32, 3],
    layers: [
      ...normalized(16, 3, 1),
      relu,
      ...[16, 32, 64].flatMap((filters) => [0, 1, 2].flatMap((at) => block(filters, at === 0 && filters > 16 ? 2 : 1))),
      { kind: 'globalAveragePooling' },
      dense(10, 'softmax'),
    ],
    learningRate: 0.001,
    batch: 64,
    rows: 64 * 8,
  },
]

/** How many numbers a row has. */
export const featuresOf = ({ input }: Workload): number => input.reduce((product, size) => product * size, 1)

/** Number of classes a workload tells apart. */
export function classesOf({ layers }: Workload): number {
  const last = layers.at(-1)
  return Math.max(2, last?.kind === 'dense' ? last.units : 0)
}

/** Whether a workload runs over images. */
export const hasImages = ({ input }: Workload): boolean => input.length > 1

/** Steps of one epoch. */
export function stepsOf({ rows, batch }: Workload): number {
  return Math.floor(rows / batch)
}
