/** What a network is to be made for, and how networks for it end. */
import type { Setting, TrainingSettings } from '../project.ts'

/** What a table says about the network that is to learn from it. */
export interface Task {
  /** Rows to train on. */
  readonly rows: number
  /** How many numbers a row brings in. */
  readonly features: number
  /** Classes of the target; 0 where it is numbers. */
  readonly classes: number
  /** How many numbers are to be predicted, where they are no classes. */
  readonly targets: number
  /** How many training rows each class has, where that is known. */
  readonly counts?: readonly number[]
  /** Height, width and channels of rows that are images. */
  readonly image: readonly [number, number, number] | null
}

/** A task for networks that are drawn before there is a table: rows of `features` numbers, or images, in so many classes. */
export const taskWithoutTable: Task = { rows: 1000, features: 64, classes: 10, targets: 1, image: [8, 8, 1] }

/**
 * Height, width and channels, where feature columns are the pixels of an image: all are called alike but for their numbers
 * (`pixel_0_7`, `p63`) and fill a square of at least 6 × 6, in grey or in three colours. Null for other tables.
 */
export function imageOf(columns: readonly string[]): Task['image'] {
  const stems = new Set(columns.map((name) => name.replace(/\d+/g, '#')))
  const [stem = ''] = stems
  if (stems.size !== 1 || !stem.includes('#')) return null
  for (const channels of [1, 3]) {
    const side = Math.sqrt(columns.length / channels)
    if (Number.isInteger(side) && side >= 6) return [side, side, channels]
  }
  return null
}

/** The layer that ends a network for the task: a probability of the second class, one for each class, or the numbers. */
export function lastLayer({ classes, targets }: Task): Setting {
  if (classes === 2) return { kind: 'dense', params: { units: 1, activation: 'sigmoid' } }
  if (classes > 2) return { kind: 'dense', params: { units: classes, activation: 'softmax' } }
  return { kind: 'dense', params: { units: targets } }
}

/** Loss, metrics and the rest of the training for the task; what is left out of `own` is as usual. */
export function trainingFor({ classes, rows }: Task, own: Partial<TrainingSettings> = {}): TrainingSettings {
  const loss = classes === 2 ? 'binaryCrossentropy' : classes > 2 ? 'sparseCategoricalCrossentropy' : 'meanSquaredError'
  const metrics = classes === 2 ? ['accuracy', 'rocAuc'] : classes > 2 ? ['accuracy'] : ['rootMeanSquaredError']
  return {
    loss: plain(loss),
    optimizer: plain('adam'),
    metrics: metrics.map(plain),
    regularizers: [],
    epochs: 50,
    batchSize: batchSizeFor(rows),
    shuffle: true,
    seed: 0,
    ...own,
  }
}

/** A power of two from 16 to 128, with which an epoch has some twenty steps or more. */
function batchSizeFor(rows: number): number {
  return Math.min(128, Math.max(16, powerBelow(rows / 20)))
}

/** The greatest power of two that is not above a number of at least 1. */
export const powerBelow = (value: number): number => 2 ** Math.floor(Math.log2(Math.max(1, value)))

/** A definition as it comes. */
export const plain = (kind: string): Setting => ({ kind, params: {} })
