/** A network that is likely to learn from a table without learning it by heart. */
import type { ParamValue, Setting } from '../project.ts'
import { Sketch } from './sketch.ts'
import { lastLayer, plain, powerBelow, trainingFor, type Task } from './task.ts'
import type { Start } from './templates.ts'

export interface Suggestion extends Start {
  /** Why it is as it is, a sentence each. */
  readonly reasons: readonly string[]
}

/** A class that is so many times rarer than another needs weights. */
const imbalance = 3
/** With fewer rows than this a network is regularized more. */
const fewRows = 1000

/**
 * Layers, loss, metrics and mild regularization for a task: convolutions for images, else hidden layers about as wide as the
 * rows can support, two weights for each number a row predicts.
 */
export function suggest(task: Task): Suggestion {
  const { graph, reasons } = task.image ? convolutional(task, task.image) : dense(task)
  const balance = balancing(task)
  const training = trainingFor(task, {
    optimizer: { kind: 'adam', params: { learningRate: task.rows < fewRows ? 0.003 : 0.001 } },
    regularizers: [{ kind: 'earlyStopping', params: { patience: 20 } }, ...(balance ? [balance.setting] : [])],
    epochs: 200,
  })
  return {
    graph,
    training,
    reasons: [
      ...reasons,
      endReason(task),
      ...(balance ? [balance.reason] : []),
      'Early stopping ends the training when the validation loss has not improved for 20 epochs, and keeps the best weights.',
    ],
  }
}

type Drawn = Pick<Suggestion, 'graph' | 'reasons'>

function dense(task: Task): Drawn {
  const { rows, features } = task
  const width = Math.min(256, Math.max(8, powerBelow((2 * rows) / (features + 1))))
  const widths = rows < fewRows ? [width] : [width, Math.max(8, width / 2)]
  const strength = rows < fewRows ? 0.001 : 0.0001
  const rate = width >= 32 ? 0.2 : 0
  const sketch = new Sketch()
  for (const units of widths) {
    const params: Readonly<Record<string, ParamValue>> = {
      units,
      activation: 'relu',
      kernelRegularizers: [{ kind: 'l2', params: { strength } }],
    }
    sketch.add('dense', params)
    if (rate > 0) sketch.add('dropout', { rate })
  }
  const noise = rate > 0 ? ` and dropout of ${rate}` : ''
  return {
    graph: sketch.finish(lastLayer(task)),
    reasons: [
      `${rows} training rows of ${features} numbers can support ${widths.length === 1 ? 'a hidden layer' : 'hidden layers'} of ${widths.join(' and ')} units.`,
      `L2 of ${strength}${noise} keeps the weights from following single rows.`,
    ],
  }
}

function convolutional(task: Task, [height, width, channels]: NonNullable<Task['image']>): Drawn {
  const sketch = new Sketch([height, width, channels])
  const stages = Math.min(height, width) >= 16 ? [16, 32, 64] : [16, 32]
  for (const [index, filters] of stages.entries()) {
    sketch.add('conv2D', { filters, kernelSize: [3, 3], padding: 'same', activation: 'relu' })
    if (index < stages.length - 1) sketch.add('maxPooling2D')
  }
  sketch.add('flatten')
  sketch.add('dropout', { rate: 0.3 })
  return {
    graph: sketch.finish(lastLayer(task)),
    reasons: [
      `The columns are the pixels of images of ${height} × ${width}, so ${stages.length} convolutions look for patterns wherever they are.`,
      'Dropout of 0.3 before the last layer keeps it from relying on single patterns.',
    ],
  }
}

function endReason({ classes, targets }: Task): string {
  if (classes === 2) return 'Two classes: one sigmoid unit, binary cross-entropy, accuracy and ROC AUC.'
  if (classes > 2) return `${classes} classes: softmax, cross-entropy and accuracy.`
  return `${targets === 1 ? 'A number' : `${targets} numbers`} to predict: linear output, mean squared error and its root.`
}

/** Weights for classes of very unlike size. */
function balancing({ classes, counts = [] }: Task): { readonly setting: Setting; readonly reason: string } | null {
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  if (classes < 2 || counts.length === 0 || least <= 0 || most / least < imbalance) return null
  return {
    setting: plain('classWeights'),
    reason: `The largest class has ${Math.round(most / least)} times the rows of the smallest, so classes are weighted.`,
  }
}
