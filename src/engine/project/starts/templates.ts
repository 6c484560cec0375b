/** Networks to begin with, made to fit a task. */
import type { ParamValue, Project, ProjectGraph, Setting, TrainingSettings } from '../project.ts'
import { Sketch } from './sketch.ts'
import { lastLayer, trainingFor, type Task } from './task.ts'

/** A network and how it is trained: what a project needs beside its data. */
export interface Start {
  readonly graph: ProjectGraph
  readonly training: TrainingSettings
}

export interface Template {
  readonly kind: string
  readonly title: string
  /** One sentence: what it is good for. */
  readonly doc: string
  /** Why it does not fit the task, in one sentence without its full stop; null where it does. */
  refusal(task: Task): string | null
  build(task: Task): Start
}

type Params = Readonly<Record<string, ParamValue>>

const fits = (): null => null
const hidden = (units: number, more: Params = {}): Params => ({ units, activation: 'relu', ...more })
const filters = (count: number, size: number, more: Params = {}): Params => ({
  filters: count,
  kernelSize: [size, size],
  padding: 'same',
  ...more,
})
const l2: readonly Setting[] = [{ kind: 'l2', params: { strength: 0.001 } }]

const needsImage = ({ image }: Task): string | null =>
  image ? null : 'its rows have to be images: columns of one name and a number each, such as pixel_0 to pixel_63'

/** A network of the 64-unit layer and what regularizes it, as the models that are compared most: one setting apart. */
function compared(kind: string, title: string, doc: string, layer: Params, dropout: boolean): Template {
  return {
    kind,
    title,
    doc,
    refusal: fits,
    build: (task) => {
      const sketch = new Sketch()
      sketch.add('dense', hidden(64, layer))
      if (dropout) sketch.add('dropout', { rate: 0.5 })
      return { graph: sketch.finish(lastLayer(task)), training: trainingFor(task) }
    },
  }
}

const mlp: Template = {
  kind: 'mlp',
  title: 'Multilayer perceptron',
  doc: 'Two hidden layers without any regularization: the baseline everything else is compared with.',
  refusal: fits,
  build: (task) => {
    const sketch = new Sketch()
    sketch.add('dense', hidden(64))
    sketch.add('dense', hidden(32))
    return { graph: sketch.finish(lastLayer(task)), training: trainingFor(task) }
  },
}

const regularizedMlp: Template = {
  kind: 'regularizedMlp',
  title: 'Regularized perceptron',
  doc: 'Two hidden layers with L2, dropout and early stopping: a good first try for tables.',
  refusal: fits,
  build: (task) => {
    const sketch = new Sketch()
    for (const units of [64, 32]) {
      sketch.add('dense', hidden(units, { kernelRegularizers: l2 }))
      sketch.add('dropout', { rate: 0.3 })
    }
    const regularizers = [{ kind: 'earlyStopping', params: { patience: 15 } }]
    return { graph: sketch.finish(lastLayer(task)), training: trainingFor(task, { epochs: 200, regularizers }) }
  },
}

const leNet: Template = {
  kind: 'leNet',
  title: 'LeNet',
  doc: 'Two convolutions with pooling and three dense layers, as LeCun and others drew it in 1998, with ReLU.',
  refusal: needsImage,
  build: (task) => {
    const sketch = new Sketch(task.image ?? [])
    for (const count of [6, 16]) {
      sketch.add('conv2D', filters(count, 5, { activation: 'relu' }))
      sketch.add('averagePooling2D')
    }
    sketch.add('flatten')
    sketch.add('dense', hidden(120))
    sketch.add('dense', hidden(84))
    return { graph: sketch.finish(lastLayer(task)), training: trainingFor(task) }
  },
}

const smallResNet: Template = {
  kind: 'smallResNet',
  title: 'Small ResNet',
  doc: 'Convolutions with batch normalization whose blocks add what they find to what they were given.',
  refusal: needsImage,
  build: (task) => {
    const sketch = new Sketch(task.image ?? [])
    const normalized = (count: number, size: number, more: Params, ...from: readonly string[]): string => {
      sketch.add('conv2D', filters(count, size, { useBias: false, ...more }), ...from)
      return sketch.add('batchNormalization')
    }
    normalized(16, 3, {})
    let trunk = sketch.add('relu')
    for (const [count, stride] of [
      [16, 1],
      [32, 2],
    ] as const) {
      normalized(count, 3, { strides: [stride, stride] })
      sketch.add('relu')
      const found = normalized(count, 3, {})
      const given = stride === 1 ? trunk : normalized(count, 1, { strides: [stride, stride] }, trunk)
      sketch.add('add', {}, found, given)
      trunk = sketch.add('relu')
    }
    sketch.add('globalAveragePooling2D')
    return { graph: sketch.finish(lastLayer(task)), training: trainingFor(task) }
  },
}

/** The fewest places of a row along which convolving makes sense. */
const leastSeries = 8

const cnn1D: Template = {
  kind: 'cnn1D',
  title: '1-D convolutional network',
  doc: 'For rows that are a series, one column a moment: it finds the same pattern wherever it comes.',
  refusal: ({ features }) =>
    features < leastSeries ? `its rows have to be series of ${leastSeries} numbers or more` : null,
  build: (task) => {
    const sketch = new Sketch([task.features, 1])
    const convolution = (count: number): Params => ({
      filters: count,
      kernelSize: [3],
      padding: 'same',
      activation: 'relu',
    })
    sketch.add('conv1D', convolution(16))
    sketch.add('maxPooling1D')
    sketch.add('conv1D', convolution(32))
    sketch.add('globalAveragePooling1D')
    sketch.add('dropout', { rate: 0.2 })
    return { graph: sketch.finish(lastLayer(task)), training: trainingFor(task) }
  },
}

/** All templates, the plainest first. */
export const templates: readonly Template[] = [
  mlp,
  regularizedMlp,
  compared(
    'denseL1',
    'One hidden layer with L1',
    'Dense 64 with an L1 penalty of 0.01, which makes weights small and many of them nearly zero.',
    { kernelRegularizers: [{ kind: 'l1', params: { strength: 0.01 } }] },
    false,
  ),
  compared(
    'denseL2',
    'One hidden layer with L2',
    'Dense 64 with an L2 penalty of 0.01, which makes large weights smaller.',
    { kernelRegularizers: [{ kind: 'l2', params: { strength: 0.01 } }] },
    false,
  ),
  compared(
    'denseDropout',
    'One hidden layer with dropout',
    'Dense 64 whose numbers are left out half of the time while it learns.',
    {},
    true,
  ),
  leNet,
  smallResNet,
  cnn1D,
]

/** A new project with this network; it keeps the data settings, so far as they are about the table. */
export function startProject(name: string, doc: string, { graph, training }: Start, data: Project['data']): Project {
  return { format: 'espalier', version: 1, name, doc, graph, data, training, weights: null }
}

/** The data settings of a table without what was said about another network's Inputs and outputs. */
export function dataForAny(data: Project['data']): Project['data'] {
  const columns = Object.entries(data.columns).map(([column, { node: _, ...choice }]) => [column, choice] as const)
  return { ...data, columns: Object.fromEntries(columns) }
}
