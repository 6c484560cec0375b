import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { inspect } from '#engine/compile/inspect.ts'
import type { DataShape } from '#engine/compile/program.ts'
import { applyMend } from '#engine/project/mend.ts'
import type { Issue, Project, ProjectGraph, ProjectNode, Setting } from '#engine/project/project.ts'
import { issueSchema, projectSchema } from '#engine/project/schema.ts'
import { chain, setting } from '../support/projects.ts'

const classes = (features: number, count = 3): DataShape => ({ features, classes: count, targets: 1 })
const numbers = (features: number, count = 1): DataShape => ({ features, classes: 0, targets: count })

const node = (name: string, kind: string, params: Setting['params'] = {}): ProjectNode => ({
  name,
  kind,
  params,
  position: { x: 0, y: 0 },
})
const wires = (...pairs: readonly string[]): ProjectGraph['wires'] =>
  pairs.map((pair) => {
    const [from = '', to = ''] = pair.split(' ')
    return { from, to }
  })

const softmax = (units: number): Setting => setting('dense', { units, activation: 'softmax' })
const image = setting('reshape', { shape: [4, 4, 1] })
const conv = (params: Setting['params'] = {}): Setting =>
  setting('conv2D', { filters: 2, kernelSize: [2, 2], ...params })

const drawn = (graph: ProjectGraph, training: Parameters<typeof chain>[1] = {}): Project => ({
  ...chain([], training),
  graph,
})
/** Layers between an Input and a Dense that fits the loss. */
const around = (...layers: readonly Setting[]): Project => chain([...layers, setting('flatten'), softmax(3)], {})
const run = (...regularizers: readonly Setting[]): Project => chain([softmax(3)], { regularizers })
const withLoss = (kind: string, last: Setting, metrics: readonly Setting[] = []): Project =>
  chain([last], { loss: setting(kind), metrics })

interface Mistake {
  readonly project: Project
  readonly data: DataShape
  readonly mend: string
}

const mistake = (project: Project, data: DataShape, mend: string): Mistake => ({ project, data, mend })

/** Two branches of an Input that come together, and a Dense after them. */
function joined(kind: string, left: Setting, right: Setting, params: Setting['params'] = {}): Project {
  const pictured = [left, right].some(({ kind }) => kind === 'conv2D')
  return drawn({
    nodes: [
      node('input', 'input'),
      ...(pictured ? [node('image', 'reshape', { shape: [4, 4, 1] })] : []),
      node('left', left.kind, left.params),
      node('right', right.kind, right.params),
      node('both', kind, params),
      node('flat', 'flatten'),
      node('end', 'dense', { units: 3, activation: 'softmax' }),
    ],
    wires: wires(
      ...(pictured ? ['input image'] : []),
      `${left.kind === 'conv2D' ? 'image' : 'input'} left`,
      `${right.kind === 'conv2D' ? 'image' : 'input'} right`,
      'left both',
      'right both',
      'both flat',
      'flat end',
    ),
  })
}

const block = (name: string, inner: ProjectGraph, more: Partial<ProjectNode> = {}): ProjectNode => ({
  ...node(name, 'block'),
  block: inner,
  ...more,
})

const mistakes: Readonly<Record<string, Mistake>> = {
  'a Dense that gets an image at the end': mistake(
    chain([image, conv(), softmax(3)], {}),
    classes(16),
    'Insert Flatten before dense3',
  ),
  'Dense after Dense over places': mistake(
    chain([image, conv(), setting('dense', { units: 8 }), setting('dropout'), softmax(4)], {}),
    classes(16),
    'Insert Flatten before dense3, set units to 3',
  ),
  'too many units': mistake(chain([softmax(4)], {}), classes(5), 'Set units to 3'),
  'too many units before an activation': mistake(
    chain([setting('dense', { units: 4 }), setting('softmax')], {}),
    classes(5),
    'Set units of dense1 to 3',
  ),
  'an image at the end': mistake(
    chain([image, conv()], {}),
    classes(16),
    'Put Flatten and Dense (units 3) after conv2D2',
  ),
  'no Dense at the end': mistake(chain([setting('flatten')], {}), classes(5), 'Put Dense (units 3) after flatten1'),
  'a loss for numbers with classes': mistake(
    withLoss('meanSquaredError', setting('dense', { units: 1 })),
    classes(5, 3),
    'Use sparse categorical cross-entropy, set units to 3, set activation to softmax',
  ),
  'a loss for numbers with two classes': mistake(
    withLoss('meanSquaredError', setting('dense', { units: 1, activation: 'sigmoid' })),
    classes(5, 2),
    'Use binary cross-entropy',
  ),
  'a loss for classes with numbers': mistake(
    withLoss('sparseCategoricalCrossentropy', softmax(2)),
    numbers(5, 2),
    'Use mean squared error, set activation to linear',
  ),
  'a loss for two classes with three': mistake(
    withLoss('binaryCrossentropy', setting('dense', { units: 1, activation: 'sigmoid' })),
    classes(5, 3),
    'Use sparse categorical cross-entropy, set units to 3, set activation to softmax',
  ),
  'an Input of another size than the data': mistake(
    drawn({
      nodes: [node('input', 'input', { shape: [9] }), node('end', 'dense', { units: 3, activation: 'softmax' })],
      wires: wires('input end'),
    }),
    classes(5),
    'Take the shape of input from the data',
  ),
  'a convolution over plain numbers': mistake(
    around(conv()),
    classes(16),
    'Insert Reshape (shape 4, 4, 1) before conv2D1',
  ),
  'a convolution over numbers that are three channels': mistake(
    around(conv()),
    classes(48),
    'Insert Reshape (shape 4, 4, 3) before conv2D1',
  ),
  'a convolution over steps of plain numbers': mistake(
    around(setting('conv1D', { filters: 2, kernelSize: [2] })),
    classes(5),
    'Insert Reshape (shape 5, 1) before conv1D1',
  ),
  'a convolution over steps of an image': mistake(
    around(image, setting('conv1D', { filters: 2, kernelSize: [2] })),
    classes(16),
    'Insert Reshape (shape 16, 1) before conv1D2',
  ),
  'a recurrent layer over plain numbers': mistake(
    around(setting('gru', { units: 2 })),
    classes(4),
    'Insert Reshape (shape 4, 1) before gru1',
  ),
  'attention over plain numbers': mistake(
    around(setting('multiHeadAttention', { numHeads: 1, keyDim: 2 })),
    classes(4),
    'Insert Reshape (shape 4, 1) before multiHeadAttention1',
  ),
  'a repeated vector of an image': mistake(
    around(image, setting('repeatVector', { n: 2 })),
    classes(16),
    'Insert Flatten before repeatVector2',
  ),
  'a window larger than the image': mistake(
    around(image, conv({ kernelSize: [5, 5] })),
    classes(16),
    'Set padding to same',
  ),
  'strides and dilation': mistake(
    around(image, conv({ strides: [2, 2], dilationRate: [2, 2] })),
    classes(16),
    'Set dilation rate to 1, 1',
  ),
  'groups that do not divide the channels': mistake(
    around(image, conv({ filters: 4 }), conv({ filters: 6, groups: 3 })),
    classes(16),
    'Set groups to 2',
  ),
  'filters that are no multiple of the groups': mistake(
    around(image, conv({ filters: 4 }), conv({ filters: 3, groups: 2 })),
    classes(16),
    'Set filters to 4',
  ),
  'groups of a normalization': mistake(
    around(image, conv({ filters: 6 }), setting('groupNormalization', { groups: 4 })),
    classes(16),
    'Set groups to 3',
  ),
  'an axis of softmax': mistake(around(setting('softmax', { axis: 5 })), classes(4), 'Set axis to -1'),
  'an axis of a batch normalization': mistake(
    around(setting('batchNormalization', { axis: 5 })),
    classes(4),
    'Set axis to -1',
  ),
  'axes of a layer normalization': mistake(
    around(setting('layerNormalization', { axis: [4] })),
    classes(4),
    'Set axes to -1',
  ),
  'no axis of a layer normalization': mistake(
    around(setting('layerNormalization', { axis: [] })),
    classes(4),
    'Set axes to -1',
  ),
  'inner axes of an RMS normalization': mistake(
    around(image, setting('rmsNormalization', { axis: [1] })),
    classes(16),
    'Set axes to -1',
  ),
  'shared axes of a PReLU': mistake(
    around(setting('prelu', { sharedAxes: [1, 3] })),
    classes(4),
    'Set shared axes to 1',
  ),
  'a shape that does not hold the numbers': mistake(
    around(setting('reshape', { shape: [2, 3] })),
    classes(8),
    'Set shape to 2, 4',
  ),
  'an order of axes': mistake(around(image, setting('permute', { dims: [2, 1] })), classes(16), 'Set order to 2, 1, 3'),
  'an output padding beyond the stride': mistake(
    around(image, setting('conv2DTranspose', { filters: 1, kernelSize: [2, 2], outputPadding: [3, 3] })),
    classes(16),
    'Set output padding to none',
  ),
  'a sum of vectors of other lengths': mistake(
    joined('add', setting('dense', { units: 4 }), setting('dense', { units: 2 })),
    classes(16),
    'Insert Dense (units 4) before both',
  ),
  'a join of an image and numbers': mistake(
    joined('concatenate', conv(), setting('dense', { units: 2 })),
    classes(16),
    'Insert Flatten before both, set axis to -1',
  ),
  'a join along an axis that is not there': mistake(
    joined('concatenate', setting('dense'), setting('dense'), { axis: 4 }),
    classes(16),
    'Set axis to -1',
  ),
  'a product of vectors of other lengths': mistake(
    joined('dot', setting('dense', { units: 4 }), setting('dense', { units: 2 })),
    classes(16),
    'Insert Dense (units 4) before both',
  ),
  'a product along an axis that is not there': mistake(
    joined('dot', setting('dense'), setting('dense'), { axes: [3] }),
    classes(16),
    'Set axes to -1',
  ),
  'weights shared over other sizes': mistake(
    drawn({
      nodes: [
        node('input', 'input'),
        node('first', 'dense', { units: 3 }),
        { ...node('again', 'dense'), sameAs: 'first' },
      ],
      wires: wires('input first', 'first again'),
    }),
    classes(5),
    'Give again weights of its own',
  ),
  'a block shared over other sizes': mistake(
    drawn({
      nodes: [
        node('input', 'input'),
        block('tower', {
          nodes: [node('in', 'input'), node('dense', 'dense', { units: 3 })],
          wires: wires('in dense'),
        }),
        block('twin', { nodes: [], wires: [] }, { sameAs: 'tower' }),
      ],
      wires: wires('input tower', 'tower twin'),
    }),
    classes(5),
    'Give twin/dense weights of its own',
  ),
  'once more a layer that is gone': mistake(
    drawn({
      nodes: [node('input', 'input'), { ...node('end', 'dense', { units: 3 }), sameAs: 'start' }],
      wires: wires('input end'),
    }),
    classes(5),
    'Give end settings of its own',
  ),
  'a mistake inside a block': mistake(
    drawn({
      nodes: [
        node('input', 'input'),
        block('tower', {
          nodes: [node('in', 'input'), node('image', 'conv2D', { filters: 2, kernelSize: [2, 2] })],
          wires: wires('in image'),
        }),
        node('flat', 'flatten'),
        node('end', 'dense', { units: 3, activation: 'softmax' }),
      ],
      wires: wires('input tower', 'tower flat', 'flat end'),
    }),
    classes(16),
    'Insert Reshape (shape 4, 4, 1) before tower/image',
  ),
  'a block that ends the network with too many units': mistake(
    drawn({
      nodes: [
        node('input', 'input'),
        block('tower', {
          nodes: [node('in', 'input'), node('dense', 'dense', { units: 4, activation: 'softmax' })],
          wires: wires('in dense'),
        }),
      ],
      wires: wires('input tower'),
    }),
    classes(5),
    'Set units to 3',
  ),
  'an Embedding with fewer vectors than there are categories': mistake(
    chain([setting('embedding', { inputDim: 5, outputDim: 2 }), setting('flatten'), softmax(3)], {}),
    { ...classes(2), indices: { input: 9 } },
    'Set indices to 9',
  ),
  'a layer that nothing is connected to': mistake(
    drawn({
      nodes: [node('input', 'input'), node('end', 'dense', { units: 3, activation: 'softmax' })],
      wires: [],
    }),
    classes(5),
    'Connect input to end',
  ),
  'a layer with two inputs that takes one': mistake(
    drawn({
      nodes: [
        node('input', 'input'),
        node('left', 'dense'),
        node('right', 'dense'),
        node('end', 'dense', { units: 3, activation: 'softmax' }),
      ],
      wires: wires('input left', 'input right', 'left end', 'right end'),
    }),
    classes(5),
    'Join them with Concatenate',
  ),
  'a wire into an Input': mistake(
    drawn({
      nodes: [
        node('input', 'input'),
        node('other', 'input', { shape: [5] }),
        node('both', 'concatenate'),
        node('end', 'dense', { units: 3, activation: 'softmax' }),
      ],
      wires: wires('input both', 'other both', 'both end', 'input other'),
    }),
    { ...classes(5), inputs: { input: 5, other: 5 } },
    'Remove the wire from input to other',
  ),
  'a wire from nowhere': mistake(
    drawn({
      nodes: [node('input', 'input'), node('end', 'dense', { units: 3, activation: 'softmax' })],
      wires: wires('ghost end', 'input end'),
    }),
    classes(5),
    'Remove the wire from ghost to end',
  ),
  'layers in a circle': mistake(
    drawn({
      nodes: [
        node('input', 'input'),
        node('sum', 'add'),
        node('middle', 'dense', { units: 5 }),
        node('twice', 'add'),
        node('end', 'dense', { units: 3, activation: 'softmax' }),
      ],
      wires: wires('input sum', 'input sum', 'sum middle', 'middle twice', 'input twice', 'twice end', 'middle sum'),
    }),
    classes(5),
    'Remove the wire from middle to sum',
  ),
  'no Input': mistake(
    drawn({ nodes: [node('end', 'dense', { units: 3, activation: 'softmax' })], wires: [] }),
    classes(5),
    'Insert Input before end',
  ),
  'settings of an output that is none': mistake(
    chain([softmax(3)], { outputs: { gone: { weight: 2 } } }),
    classes(5),
    'Remove what is set for gone',
  ),
  'a value out of range': mistake(around(setting('dropout', { rate: 7 })), classes(5), 'Set rate to 0.5, its default'),
  'a setting that is not there': mistake(around(setting('dropout', { rat: 0.3 })), classes(5), 'Remove rat'),
  'a metric that is not there': mistake(
    withLoss('sparseCategoricalCrossentropy', softmax(3), [setting('speed')]),
    classes(5),
    'Remove speed',
  ),
  'a technique of the run on a weight': mistake(
    around(setting('dense', { kernelRegularizers: [setting('l2'), setting('earlyStopping')] })),
    classes(5),
    'Remove Early stopping',
  ),
  'both directions, backwards': mistake(
    around(
      setting('reshape', { shape: [4, 1] }),
      setting('lstm', { units: 2, bidirectional: 'sum', goBackwards: true }),
    ),
    classes(4),
    'Set backwards to false',
  ),
  'limits of a norm the wrong way round': mistake(
    around(setting('dense', { kernelConstraints: [setting('minMaxNorm', { minValue: 3, maxValue: 2 })] })),
    classes(4),
    'Set lower limit to 2',
  ),
  'steps of a schedule in disorder': mistake(
    chain([softmax(3)], {
      optimizer: setting('sgd', {
        schedule: setting('piecewiseConstantDecay', { boundaries: [20, 10], factors: [1, 0.1, 0.01] }),
      }),
    }),
    classes(5),
    'Set boundaries to 10, 20',
  ),
  'label smoothing of numbers': mistake(
    chain([setting('dense', { units: 1 })], {
      loss: setting('meanSquaredError'),
      regularizers: [setting('labelSmoothing')],
    }),
    numbers(5),
    'Remove Label smoothing',
  ),
  'accuracy of numbers': mistake(
    withLoss('meanSquaredError', setting('dense', { units: 1 }), [setting('accuracy')]),
    numbers(5),
    'Remove Accuracy',
  ),
  'more classes than there are in a metric': mistake(
    withLoss('sparseCategoricalCrossentropy', softmax(3), [setting('precision', { topK: 9 })]),
    classes(5),
    'Set top k to 3',
  ),
  'a class that is not there in a metric': mistake(
    withLoss('sparseCategoricalCrossentropy', softmax(3), [setting('recall', { classId: 9 })]),
    classes(5),
    'Set class to 2',
  ),
  'weights of more classes than there are': mistake(
    run(setting('classWeights', { mode: 'given', weights: [1, 2, 3, 4] })),
    classes(5),
    'Set given weights to 1, 2, 3',
  ),
  'weights of more classes than there are in a loss': mistake(
    chain([softmax(3)], { loss: setting('categoricalFocalCrossentropy', { alpha: [0.2, 0.3] }) }),
    classes(5),
    'Set alpha to 0.2',
  ),
  'a metric to watch that is not measured': mistake(
    run(setting('earlyStopping', { monitor: 'validation/f1' })),
    classes(5),
    'Set watched number to validation/loss',
  ),
  'no rows to validate on': mistake(
    { ...run(setting('earlyStopping')), data: { ...chain([], {}).data, validationFraction: 0 } },
    classes(5),
    'Keep 20 % of the rows for validation',
  ),
}

const errorsOf = (project: Project, data: DataShape): readonly Issue[] =>
  inspect(project, data).issues.filter(({ severity }) => severity === 'error')

describe('the mend of', () => {
  test.each(Object.entries(mistakes))('%s lets the project compile', (_, { project, data, mend: title }) => {
    const [issue] = errorsOf(project, data)
    expect(issue?.mend?.title, issue?.message).toBe(title)
    expect(v.is(issueSchema, issue)).toBe(true)
    const mended = applyMend(project, issue!.mend!)
    expect(errorsOf(mended, data).map(({ message }) => message)).toEqual([])
    expect(v.is(projectSchema, mended)).toBe(true)
  })
})

test('every mistake is told with a mend that makes it disappear, whatever else is wrong', () => {
  const issues = Object.values(mistakes).flatMap(({ project, data }) =>
    errorsOf(project, data).map((issue) => ({ project, data, issue })),
  )
  for (const { project, data, issue } of issues) {
    if (!issue.mend) continue
    const left = errorsOf(applyMend(project, issue.mend), data)
    expect(left.map(({ message }) => message)).not.toContain(issue.message)
  }
})

describe('a mend', () => {
  const broken = chain([image, conv(), softmax(3)], {})
  const mendOf = (project: Project, data = classes(16)) => errorsOf(project, data)[0]!.mend!

  test('puts a layer where the next one stood, and moves what follows', () => {
    const { nodes, wires: after } = applyMend(broken, mendOf(broken)).graph
    const place = (name: string) => nodes.find((each) => each.name === name)!.position
    expect(place('flatten1')).toEqual({ x: 600, y: 0 })
    expect(place('dense3')).toEqual({ x: 840, y: 0 })
    expect(place('conv2D2')).toEqual({ x: 400, y: 0 })
    expect(after).toEqual([
      ...wires('input reshape1', 'reshape1 conv2D2', 'flatten1 dense3'),
      ...wires('conv2D2 flatten1'),
    ])
  })

  test('calls a new layer by a name that is free', () => {
    const taken = {
      ...broken,
      graph: {
        ...broken.graph,
        nodes: broken.graph.nodes.map((each) => (each.name === 'reshape1' ? { ...each, name: 'flatten1' } : each)),
        wires: wires('input flatten1', 'flatten1 conv2D2', 'conv2D2 dense3'),
      },
    }
    expect(applyMend(taken, mendOf(taken)).graph.nodes.map(({ name }) => name)).toEqual([
      'input',
      'flatten1',
      'conv2D2',
      'dense3',
      'flatten2',
    ])
  })

  test('of one input leaves the order of all inputs', () => {
    const project = joined('subtract', setting('dense', { units: 4 }), setting('dense', { units: 2 }))
    const { graph } = applyMend(project, mendOf(project))
    expect(graph.wires.filter(({ to }) => to === 'both').map(({ from }) => from)).toEqual(['left', 'dense1'])
  })

  test('behind an output takes what is set for the output along', () => {
    const project = chain([setting('flatten')], { outputs: { flatten1: { weight: 2 } } })
    expect(applyMend(project, mendOf(project, classes(5))).training.outputs).toEqual({ dense1: { weight: 2 } })
  })

  test('of a layer drawn once more changes the one it repeats', () => {
    const project = drawn({
      nodes: [
        node('input', 'input'),
        node('image', 'reshape', { shape: [5, 1] }),
        node('first', 'softmax', { axis: 2 }),
        { ...node('again', 'softmax'), sameAs: 'first' },
        node('end', 'dense', { units: 3 }),
      ],
      wires: wires('input image', 'image first', 'input again', 'again end'),
    })
    const mended = applyMend(project, mendOf(project, classes(5)))
    expect(mended.graph.nodes.map(({ params }) => params.axis)).toEqual([
      undefined,
      undefined,
      -1,
      undefined,
      undefined,
    ])
  })
})
