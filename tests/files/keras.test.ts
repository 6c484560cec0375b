import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { terminalsOf } from '#engine/project/blocks.ts'
import { checkProject } from '#engine/project/check.ts'
import { IssueError, type Issue } from '#engine/project/project.ts'
import { importKeras } from '#main/files/keras/import.ts'
import { typed } from '#main/files/numbers.ts'
import { edited, fixture, withPart } from '../support/kerasArchive.ts'

const source = fixture('source_l1')
const functional = fixture('functional_add_concatenate')
const nodeOf = (archive: Uint8Array, name: string) =>
  importKeras(archive, 'model.keras').project.graph.nodes.find((node) => node.name === name)

/** Everything that stands in the way of importing an archive. */
function issuesOf(archive: Uint8Array): readonly Issue[] {
  try {
    importKeras(archive, 'model.keras')
  } catch (error) {
    if (error instanceof IssueError) return error.issues
    throw error
  }
  throw new Error('the archive was imported')
}
const messagesOf = (archive: Uint8Array) => issuesOf(archive).map(({ message }) => message)

describe('importing a Keras archive', () => {
  test('gives a project that passes the check, with layers in a row', () => {
    const { project } = importKeras(source, 'model.keras')
    expect(checkProject(project)).toEqual([])
    expect(project.name).toBe('model')
    expect(project.graph.nodes.map(({ name, kind }) => [name, kind])).toEqual([
      ['input_layer', 'input'],
      ['dense', 'dense'],
      ['dense_1', 'dense'],
    ])
    expect(project.graph.wires).toEqual([
      { from: 'input_layer', to: 'dense' },
      { from: 'dense', to: 'dense_1' },
    ])
  })

  test('draws a graph of layers with their wires in the order of their inputs, each right of what feeds it', () => {
    const { project } = importKeras(functional, 'm.keras')
    expect(checkProject(project)).toEqual([])
    const into = (name: string) => project.graph.wires.filter(({ to }) => to === name).map(({ from }) => from)
    expect(into('sum')).toEqual(['a', 'b'])
    expect(into('cat')).toEqual(['sum', 'a', 'input_layer'])
    const x = (name: string) => project.graph.nodes.find((node) => node.name === name)?.position.x ?? NaN
    for (const { from, to } of project.graph.wires) expect(x(to)).toBeGreaterThan(x(from))
  })

  test('takes over regularizers with the strength the author typed, not its float32', () => {
    expect(nodeOf(source, 'dense')?.params.kernelRegularizers).toEqual([{ kind: 'l1', params: { strength: 0.01 } }])
    const all = nodeOf(fixture('l1l2_kernel_bias_activity'), 'dense')?.params
    expect(all?.kernelRegularizers).toEqual([{ kind: 'l1l2', params: { l1: 0.003, l2: 0.02 } }])
    expect(all?.biasRegularizers).toEqual([{ kind: 'l2', params: { strength: 0.05 } }])
    expect(all?.activityRegularizers).toEqual([{ kind: 'l1', params: { strength: 0.001 } }])
  })

  test('takes clipping, weight decay and label smoothing out of optimizer and loss', () => {
    const techniques = (name: string) => importKeras(fixture(name), 'm.keras').project.training.regularizers
    expect(techniques('opt_adamw_clipnorm')).toEqual([{ kind: 'clipNorm', params: { limit: 0.5 } }])
    expect(techniques('opt_sgd_nesterov_decay')).toEqual([{ kind: 'weightDecay', params: { strength: 0.01 } }])
    expect(techniques('loss_categorical_label_smoothing')).toEqual([
      { kind: 'labelSmoothing', params: { amount: 0.1 } },
    ])
    const { optimizer } = importKeras(fixture('opt_adamw_clipnorm'), 'm.keras').project.training
    expect(optimizer).toMatchObject({ kind: 'adamw', params: { learningRate: 0.01, weightDecay: 0.02 } })
  })

  test('reads a warm-up and cosine decay as one learning rate and its schedule', () => {
    const { optimizer } = importKeras(fixture('opt_global_clipnorm_cosine'), 'm.keras').project.training
    expect(optimizer.params).toMatchObject({
      learningRate: 0.03,
      schedule: { kind: 'cosineDecay', params: { steps: 30, alpha: 0.1, warmupSteps: 6, warmupFrom: 0.02 / 0.03 } },
    })
  })

  test('draws models inside a model as blocks, and a layer or block used again as the same once more', () => {
    const { project, weights } = importKeras(fixture('nested_models_shared'), 'm.keras')
    expect(checkProject(project)).toEqual([])
    const nodes = project.graph.nodes.map(({ name, kind, sameAs }) => [name, kind, sameAs])
    expect(nodes).toContainEqual(['inner', 'block', undefined])
    expect(nodes).toContainEqual(['res', 'block', undefined])
    expect(nodes).toContainEqual(['res_2', 'block', 'res'])
    expect(project.graph.wires).toContainEqual({ from: 'res', to: 'res_2' })
    expect(weights.get('inner/batch_normalization/movingVariance')?.shape).toEqual([5])
    expect([...weights.keys()].filter((name) => name.startsWith('res'))).toEqual([
      'res/dense_2/kernel',
      'res/dense_2/bias',
    ])

    const shared = importKeras(fixture('layer_shared_with_functions'), 'm.keras').project.graph
    expect(shared.nodes.filter(({ sameAs }) => sameAs === 'dense').map(({ name }) => name)).toEqual([
      'dense_2',
      'dense_3',
    ])
    expect(shared.nodes.find(({ name }) => name === 'add')?.kind).toBe('add')
  })

  test('gives several inputs and outputs their order, losses, weights and metrics', () => {
    const { project, outputs } = importKeras(fixture('multi_input_multi_output'), 'm.keras')
    expect(checkProject(project)).toEqual([])
    expect(terminalsOf(project.graph)).toMatchObject({ inputs: ['a', 'c'], outputs: ['o1_output', 'o2', 'o3'] })
    // o1 feeds o3 as well, so a linear activation stands at its end.
    expect(project.graph.nodes.find(({ name }) => name === 'o1_output')).toMatchObject({
      kind: 'activation',
      params: { activation: 'linear' },
    })
    expect(outputs.map(({ name }) => name)).toEqual(['o1', 'o2', 'o3'])
    expect(project.training.outputs).toMatchObject({
      o1_output: { loss: { kind: 'meanSquaredError' }, metrics: [{ kind: 'meanAbsoluteError' }] },
      o2: { loss: { kind: 'binaryCrossentropy' }, metrics: [{ kind: 'accuracy' }, { kind: 'rocAuc' }], weight: 0.5 },
      o3: { loss: { kind: 'sparseCategoricalCrossentropy' }, metrics: [{ kind: 'accuracy' }], weight: 2 },
    })
    expect(project.training.outputs?.['o1_output']?.weight).toBeUndefined()
  })

  test('freezes the layers that were not to be trained, those with weights', () => {
    const { project } = importKeras(fixture('frozen_layers'), 'm.keras')
    expect(project.graph.nodes.filter(({ frozen }) => frozen).map(({ kind }) => kind)).toEqual([
      'dense',
      'batchNormalization',
    ])
    const none = withPart(functional, 'config.json', (text) =>
      text.replaceAll('"trainable": true', '"trainable": false'),
    )
    const nodes = importKeras(none, 'm.keras').project.graph.nodes
    expect(nodes.filter(({ kind, frozen }) => (kind === 'dense') !== (frozen === true))).toEqual([])
  })

  test('finds the weights inside wrapped and composed layers', () => {
    const both = importKeras(fixture('bidirectional_gru'), 'm.keras')
    expect(both.project.graph.nodes.find(({ kind }) => kind === 'gru')?.params).toMatchObject({
      bidirectional: 'sum',
      units: 3,
      kernelRegularizers: [{ kind: 'l1', params: { strength: 0.01 } }],
    })
    const gru = ['kernel', 'recurrentKernel', 'bias']
    const names = ['forward', 'backward'].flatMap((side) => gru.map((name) => `bidirectional/${side}/${name}`))
    expect([...both.weights.keys()]).toEqual(expect.arrayContaining(names))
    expect(both.weights.get('bidirectional/forward/kernel')).not.toEqual(
      both.weights.get('bidirectional/backward/kernel'),
    )

    const attention = importKeras(fixture('multi_head_attention_causal'), 'm.keras')
    const node = attention.project.graph.nodes.find(({ kind }) => kind === 'multiHeadAttention')
    expect(node?.params).toMatchObject({ numHeads: 2, keyDim: 3, valueDim: 4, outputShape: [6], useCausalMask: true })
    const shapes = ['query', 'key', 'value', 'attentionOutput'].map(
      (part) => attention.weights.get(`${node?.name ?? ''}/${part}/kernel`)?.shape,
    )
    expect(shapes).toEqual([
      [5, 2, 3],
      [3, 2, 3],
      [3, 2, 4],
      [2, 4, 6],
    ])
  })

  test('takes averages of weights, accumulated steps and piecewise rates out of the optimizer', () => {
    const training = (name: string) => importKeras(fixture(name), 'm.keras').project.training
    expect(training('opt_ema_overwritten').regularizers).toEqual([
      { kind: 'weightAverage', params: { momentum: 0.8, overwriteFrequency: 3 } },
    ])
    expect(training('opt_accumulated_steps')).toMatchObject({
      optimizer: { kind: 'adam', params: { accumulatedSteps: 3 } },
      regularizers: [{ kind: 'weightDecay', params: { strength: 0.01 } }],
    })
    expect(training('schedule_piecewise').optimizer.params).toMatchObject({
      learningRate: 0.05,
      schedule: { kind: 'piecewiseConstantDecay', params: { boundaries: [4, 9] } },
    })
  })

  test('puts an activation with settings of its own behind the layer that had it', () => {
    const odd = edited(source, [
      '"activation": "relu"',
      '"activation": {"class_name": "LeakyReLU", "config": {"name": "leaky", "negative_slope": 0.05}}',
    ])
    const { graph } = importKeras(odd, 'm.keras').project
    expect(graph.nodes.find(({ name }) => name === 'dense')?.params.activation).toBeUndefined()
    expect(graph.nodes.find(({ name }) => name === 'dense_activation')).toMatchObject({
      kind: 'leakyRelu',
      params: { negativeSlope: 0.05 },
    })
    expect(graph.wires).toEqual([
      { from: 'input_layer', to: 'dense' },
      { from: 'dense', to: 'dense_activation' },
      { from: 'dense_activation', to: 'dense_1' },
    ])
  })

  test('reads the augmentation of images, ranges as an upper end and a lower one where it is not the usual', () => {
    const archive = readFileSync('tests/fixtures/layers/image_augmentation.keras')
    const { project } = importKeras(archive, 'm.keras')
    expect(checkProject(project)).toEqual([])
    const filling = { fillMode: 'reflect', interpolation: 'bilinear', fillValue: 0 }
    const valueRange = [0, 1]
    expect(project.graph.nodes.slice(1, -2).map(({ kind, params }) => [kind, params])).toEqual([
      ['randomFlip', { mode: 'horizontal_and_vertical' }],
      ['randomRotation', { factor: 0.1, ...filling }],
      ['randomRotation', { factor: 0.3, lower: -0.1, ...filling }],
      ['randomTranslation', { heightFactor: 0.1, widthFactor: 0.2, widthLower: 0, ...filling }],
      ['randomZoom', { heightFactor: 0.2, widthFactor: null, ...filling }],
      ['randomZoom', { heightFactor: -0.1, heightLower: -0.3, widthFactor: 0.1, ...filling }],
      ['randomShear', { xFactor: 0.2, yFactor: 0.1, ...filling }],
      ['randomCrop', { height: 8, width: 8 }],
      ['randomBrightness', { factor: 0.2, valueRange }],
      ['randomContrast', { factor: 0.2, lower: 0.1, valueRange }],
      ['randomSaturation', { factor: 0.6, valueRange }],
      ['randomHue', { factor: 0.2, lower: 0.1 }],
      ['randomGrayscale', { factor: 0.3 }],
      ['randomInvert', { factor: 0.2, valueRange }],
      ['solarization', { additionFactor: 0.2, thresholdFactor: 1, thresholdLower: 0.5, valueRange }],
      ['randomPosterization', { factor: 5, lower: 3, valueRange }],
      ['randomPosterization', { factor: 4, valueRange: [0, 255] }],
      ['randomGaussianBlur', { factor: 0.5, kernelSize: [5, 5], sigma: 0.9, sigmaLower: 0.2 }],
      ['randomErasing', { factor: 0.5, scale: [0.1, 0.2], fillValue: null, valueRange }],
      ['randAugment', { numOps: 3, factor: 0.4, interpolation: 'bilinear', valueRange }],
      [
        'augMix',
        { numChains: 2, chainDepth: 3, factor: 0.2, alpha: 1.5, allOps: false, interpolation: 'bilinear', valueRange },
      ],
    ])
  })

  test('understands the short names Keras also accepts', () => {
    const short = edited(
      source,
      ['"activation": "relu"', '"activation": "silu"'],
      [
        '"loss": {"module": "keras.losses", "class_name": "BinaryCrossentropy"',
        '"loss": "bce", "was": {"module": null, "class_name": "x"',
      ],
      ['"metrics": ["accuracy"]', '"metrics": [["acc", "mae"]]'],
    )
    expect(messagesOf(short)).toEqual(['The model: was x is not supported yet.'])
    const { project } = importKeras(withPart(short, 'config.json', withoutWas), 'm.keras')
    expect(project.training.loss).toEqual({ kind: 'binaryCrossentropy', params: {} })
    expect(project.training.metrics.map(({ kind }) => kind)).toEqual(['accuracy', 'meanAbsoluteError'])
    expect(project.graph.nodes[1]?.params.activation).toBe('swish')
  })

  test('reads layers of noise, and Dropout by the axes along which it drops as one', () => {
    const dropout = fixture('source_dropout_rate_zero')
    const read = (...changes: readonly (readonly [string, string])[]) =>
      nodeOf(edited(dropout, ['"rate": 0.0', '"rate": 0.25'], ...changes), 'dropout')
    expect(read()).toMatchObject({ kind: 'dropout', params: { rate: 0.25 } })
    const shaped = (shape: string) => read(['"noise_shape": null', `"noise_shape": ${shape}`])
    expect(shaped('[null, 1]')).toMatchObject({ kind: 'stochasticDepth', params: { rate: 0.25 } })
    // Channels as a whole take a sequence or an image, which this network has not.
    expect(() => shaped('[null, 1, 8]')).toThrow('dropout takes [batch, steps, channels]')
    expect(() => shaped('[null, 1, 1, null]')).toThrow('dropout takes [batch, rows, columns, channels]')
    expect(() => shaped('[null, 4, 1]')).toThrow('noise_shape [null,4,1] is not supported yet')
    const named = (name: string, ...more: readonly (readonly [string, string])[]) =>
      read(['"class_name": "Dropout"', `"class_name": "${name}"`], ...more)
    expect(named('AlphaDropout')).toMatchObject({ kind: 'alphaDropout', params: { rate: 0.25 } })
    expect(named('GaussianDropout')).toMatchObject({ kind: 'gaussianDropout', params: { rate: 0.25 } })
    const noise = named('GaussianNoise', ['"rate": 0.25', '"stddev": 0.25'])
    expect(noise).toMatchObject({ kind: 'gaussianNoise', params: { deviation: 0.25 } })
  })

  test('gives names that Espalier allows to layers whose names it does not, and keeps their weights', () => {
    const renamed = withPart(source, 'config.json', (text) => text.replaceAll('"name": "dense"', '"name": "1st layer"'))
    const { project, weights } = importKeras(renamed, 'm.keras')
    expect(project.graph.nodes[1]?.name).toBe('_1st_layer')
    expect([...weights.keys()]).toContain('_1st_layer/kernel')
    expect(checkProject(project)).toEqual([])
  })

  test('finds the weights by class and count where the archive does not note the layers’ names', () => {
    const renamed = withPart(source, 'config.json', (text) =>
      text.replaceAll('"name": "dense_1"', '"name": "out"').replaceAll('"name": "dense"', '"name": "hidden"'),
    )
    const { weights } = importKeras(renamed, 'm.keras')
    const original = importKeras(source, 'm.keras').weights
    expect(weights.get('hidden/kernel')).toEqual(original.get('dense/kernel'))
    expect(weights.get('out/bias')).toEqual(original.get('dense_1/bias'))
  })

  test('assumes the usual loss of an uncompiled model, and says so', () => {
    const uncompiled = withPart(source, 'config.json', (text) => {
      const config: unknown = JSON.parse(text)
      return JSON.stringify({ ...(config as object), compile_config: null })
    })
    const { project, warnings } = importKeras(uncompiled, 'm.keras')
    expect(project.training.loss.kind).toBe('binaryCrossentropy')
    expect(warnings.map(({ message }) => message)).toEqual([
      'The model: it was saved without a loss, so binaryCrossentropy is assumed; choose another if that is wrong.',
    ])
  })

  test('leaves out metrics and initializers it lacks with a warning, because they change no result', () => {
    const odd = edited(
      source,
      ['"metrics": ["accuracy"]', '"metrics": ["accuracy", "mean_io_u"]'],
      ['"GlorotUniform"', '"STFT"'],
    )
    const { project, warnings } = importKeras(odd, 'm.keras')
    expect(project.training.metrics.map(({ kind }) => kind)).toEqual(['accuracy'])
    expect(warnings.map(({ message }) => message)).toEqual([
      'Dense layer dense: kernel_initializer STFT is not supported yet, so new weights would start in the usual way.',
      'The model: the metric mean_io_u is not supported yet and is left out.',
    ])
  })
})

/** The stand-in of a loss that a replacement left behind. */
const withoutWas = (text: string): string => {
  const config = JSON.parse(text) as { compile_config: Record<string, unknown> }
  delete config.compile_config.was
  return JSON.stringify(config)
}

/** Calls the layer `a` a second time, with these settings. */
const useTwice = (text: string, kwargs: object): string => {
  const config = JSON.parse(text) as { config: { layers: { name: string; inbound_nodes: { kwargs: object }[] }[] } }
  for (const { name, inbound_nodes } of config.config.layers)
    if (name === 'a') inbound_nodes.push({ ...inbound_nodes[0], kwargs })
  return JSON.stringify(config)
}

describe('importing a Keras archive refuses', () => {
  test('everything it does not support at once, naming layer, setting and kind', () => {
    const odd = edited(
      source,
      ['"class_name": "Dense"', '"class_name": "ConvLSTM2D"'],
      [
        '"kernel_constraint": null, "bias_constraint": null, "quantization_config": null}, "registered_name": null, "build_config": {"input_shape": [null, 64]}',
        '"kernel_constraint": {"class_name": "Sparse", "config": {}}}',
      ],
      ['"class_name": "Adam"', '"class_name": "Adamix"'],
      ['"from_logits": false', '"from_logits": "perhaps"'],
    )
    expect(messagesOf(odd)).toEqual([
      'ConvLSTM2D layer dense is not supported yet.',
      'Dense layer dense_1: kernel_constraint Sparse is not supported yet.',
      'Optimizer Adamix is not supported yet.',
      'Loss BinaryCrossentropy: from_logits perhaps is not supported yet.',
    ])
  })

  test('settings it has never heard of, rather than losing them in silence', () => {
    const odd = edited(source, ['"units": 64', '"units": 64, "sparsity": 0.5'])
    expect(messagesOf(odd)).toEqual(['Dense layer dense: sparsity 0.5 is not supported yet.'])
  })

  test('a layer class of the author’s own that is called like one of Keras', () => {
    const own = edited(source, [
      '"registered_name": null, "build_config": {"input_shape": [null, 10]}',
      '"registered_name": "Mine>Dense"',
    ])
    expect(messagesOf(own)).toContain('Mine>Dense layer dense is not supported yet.')
  })

  test('another float type, layers told to always train and calls that differ', () => {
    expect(messagesOf(edited(source, ['"dtype": "float32"', '"dtype": "float16"']))).toEqual([
      'InputLayer layer input_layer: dtype float16 is not supported yet.',
    ])
    const always = edited(functional, ['"kwargs": {}', '"kwargs": {"training": true}'])
    expect(messagesOf(always)).toEqual(['Dense layer a: training true is not supported yet.'])
    const twice = withPart(functional, 'config.json', (text) => useTwice(text, { training: true }))
    expect(messagesOf(twice)).toEqual(['Dense layer a: called in several ways, which is not supported yet.'])
  })

  test('weights that do not belong to the layer', () => {
    expect(messagesOf(edited(source, ['"units": 64', '"units": 63']))).toEqual([
      'Dense layer dense: model.keras should hold its kernel [10, 63] and bias [63], but holds [10, 64], [64].',
      'Dense layer dense_1: model.keras should hold its kernel [63, 1] and bias [1], but holds [64, 1], [1].',
    ])
  })

  test('files that are no Keras 3 archives, each in one sentence', () => {
    const refusal = (archive: Uint8Array) => messagesOf(archive).join('\n')
    expect(refusal(new TextEncoder().encode('age,income\n1,2\n'))).toBe(
      'model.keras is not a .keras archive, or it is damaged; .h5 files must be saved again as .keras.',
    )
    expect(refusal(withPart(source, 'metadata.json', () => null))).toBe(
      'model.keras is not a model saved by Keras 3: it has no metadata.json inside.',
    )
    expect(refusal(withPart(source, 'metadata.json', () => '{"keras_version": "2.15.0"}'))).toBe(
      'model.keras was saved by Keras 2.15.0; load it with Keras 3 and save it again.',
    )
    expect(refusal(withPart(source, 'config.json', () => '{"class_name": 3'))).toBe(
      'model.keras holds no model: its config.json is damaged.',
    )
    expect(refusal(withPart(source, 'model.weights.h5', () => 'no HDF5'))).toContain(
      'The weights inside model.keras are damaged.',
    )
  })
})

describe('typed', () => {
  test('gives the shortest decimal of a number that passed through float32, and leaves others alone', () => {
    expect(typed(0.009999999776482582)).toBe(0.01)
    expect(typed(0.0010000000474974513)).toBe(0.001)
    expect(typed(1e-7)).toBe(1e-7)
    expect(typed(0.25)).toBe(0.25)
    expect(typed(0.1234567)).toBe(0.1234567)
    expect(typed(-3)).toBe(-3)
    expect(typed(Infinity)).toBe(Infinity)
  })
})
