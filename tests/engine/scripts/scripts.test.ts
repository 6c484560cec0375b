import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { activationKinds } from '#engine/activations.ts'
import type { Definition, Family, Param } from '#engine/define.ts'
import { definitions, filled } from '#engine/definitions.ts'
import type { ParamValue, Project, ProjectNode, Setting } from '#engine/project/project.ts'
import { Extras } from '#engine/scripts/keras/extras.ts'
import { argumentOf } from '#engine/scripts/keras/names.ts'
import { argumentsOf } from '#engine/scripts/keras/setting.ts'
import { flat } from '#engine/scripts/python.ts'
import { activated } from '#engine/scripts/pytorch/activation.ts'
import { torchKinds } from '#engine/scripts/pytorch/layers.ts'
import { LossFunctions } from '#engine/scripts/pytorch/losses.ts'
import { torchOptimizers } from '#engine/scripts/pytorch/optimizers.ts'
import { scriptFormats, scriptOf } from '#engine/scripts/script.ts'
import type { ScriptData } from '#engine/scripts/scriptData.ts'

const folder = 'resources/samples'
const samples = readdirSync(folder).filter((name) => name.endsWith('.espalier'))
const sample = (name: string) => JSON.parse(readFileSync(`${folder}/${name}.espalier`, 'utf8')) as Project

const column = (name: string, role: 'feature' | 'target', type: 'number' | 'category' = 'number') => ({
  name,
  type,
  role,
  node: null,
})
const classes = (count: number): ScriptData => ({
  source: 'table.csv',
  columns: [column('a', 'feature'), column('b', 'feature', 'category'), column('kind', 'target', 'category')],
  shape: { features: 3, classes: count, targets: 1 },
})
const numbers: ScriptData = {
  source: 'table.csv',
  columns: [column('a', 'feature'), column('b', 'feature'), column('y', 'target')],
  shape: { features: 2, classes: 0, targets: 1 },
}
const dataOf = (name: string): ScriptData =>
  name.startsWith('diabetes') ? numbers : classes({ digits: 10, iris: 3, wine: 3 }[name.replace('.espalier', '')] ?? 2)

const both = (project: Project, data: ScriptData | null) => ({
  keras: scriptOf(project, 'keras', data),
  pytorch: scriptOf(project, 'pytorch', data),
})

/** Without the breaks of long calls. */
const unbroken = (script: string) =>
  script
    .replaceAll(/\(\n\s+/g, '(')
    .replaceAll(/,\n\s+\)/g, ')')
    .replaceAll(/,\n\s+/g, ', ')

/** A network of one input of this shape and these layers in a row, for numbers. */
function chain(
  shape: readonly number[],
  layers: readonly Setting[],
  training: Partial<Project['training']> = {},
): Project {
  const nodes = [{ kind: 'input', params: { shape } }, ...layers].map((setting, index): ProjectNode => ({
    ...setting,
    name: `${setting.kind}${index}`,
    position: { x: 0, y: 0 },
  }))
  const wires = nodes.slice(1).map(({ name }, index) => ({ from: nodes[index]?.name ?? '', to: name }))
  return {
    ...sample('diabetes'),
    graph: { nodes, wires },
    training: { ...sample('diabetes').training, regularizers: [], ...training },
  }
}
const dense = (units: number, params: Record<string, ParamValue> = {}): Setting => ({
  kind: 'dense',
  params: { units, ...params },
})

describe('a script', () => {
  test('looks categories up as an Embedding wants them: their places in one list, never standardized', () => {
    const layers = [
      { kind: 'embedding', params: { inputDim: 9, outputDim: 2 } },
      { kind: 'flatten', params: {} },
      dense(1),
    ]
    const project = chain([3], layers)
    const data: ScriptData = {
      ...numbers,
      columns: [
        column('a', 'feature'),
        ...['b', 'c'].map((name) => column(name, 'feature', 'category')),
        column('y', 'target'),
      ],
      shape: { ...numbers.shape, features: 3, indices: { input0: 5 } },
    }
    for (const script of Object.values(both(project, data))) {
      expect(unbroken(script)).toContain('INDEXED = ["b", "c"]')
      expect(unbroken(script)).toContain('NOT_STANDARDIZED = ["a", "b", "c"]')
      expect(script).toContain('places = {category: place for place, category in enumerate(found, 1)}')
      expect(script).not.toContain('CATEGORIES')
    }
  })

  test.for(samples)('of %s says network, techniques and data in both forms', (name) => {
    const project = sample(name.replace('.espalier', ''))
    const { keras, pytorch } = both(project, dataOf(name))
    for (const script of [keras, pytorch]) {
      expect(script).toContain(`SEED = ${project.training.seed}`)
      expect(script).toContain('DATA = "table.csv"')
      expect(script).toContain(`epochs=${project.training.epochs}`)
      expect(script).not.toMatch(/undefined|\[object|\bNaN[,)]/)
      for (const line of script.split('\n')) expect(line).toBe(line.trimEnd())
    }
    for (const { name: node, kind, params } of project.graph.nodes) {
      if (kind !== 'dense') continue
      expect(keras).toContain(`layers.Dense(`)
      expect(keras).toContain(`units=${String(params.units)}`)
      expect(pytorch).toMatch(new RegExp(`self\\.${node} = nn\\.Linear\\(\\d+, ${String(params.units)}\\)`))
    }
  })

  test('takes the conventions of each framework for regularizers', () => {
    const { keras, pytorch } = both(sample('wine'), dataOf('wine'))
    expect(keras).toContain('regularizers.L1L2(l1=0.001, l2=0.001)')
    expect(keras).toContain('optimizers.Adam(learning_rate=0.005, weight_decay=0.004)')
    expect(keras).toMatch(
      /callbacks\.EarlyStopping\(\s*monitor="val_loss",\s*patience=15,\s*restore_best_weights=True,?\s*\)/,
    )
    expect(pytorch).toContain('.abs().sum() + 0.001 *')
    expect(pytorch).toContain('parameter.mul_(1 - rate_now * 0.004)')
    expect(pytorch).toContain('EarlyStopping("validation/loss", False, 0, 15, None, True, 0, 0)')
    // A half of the weights' squares is nowhere, so L2 is no weight_decay of an optimizer.
    expect(pytorch).not.toMatch(/weight_decay=/)
  })

  test('is refused for changes while training and smoothing that it could not say', () => {
    const project = sample('wine')
    const withTraining = (changes: Partial<Project['training']>): Project => ({
      ...project,
      training: { ...project.training, ...changes },
    })
    const write = (changes: Partial<Project['training']>, format: 'keras' | 'pytorch') => () =>
      scriptOf(withTraining(changes), format, dataOf('wine'))
    const schedules = { schedules: { 'optimizer.learningRate': [{ epoch: 1, value: 0.1 }] } }
    const smoothed = { regularizers: [{ kind: 'earlyStopping', params: { smoothing: 0.5 } }] }
    for (const format of ['keras', 'pytorch'] as const) {
      expect(write(schedules, format)).toThrow('The schedule of optimizer.learningRate has no form in a script')
    }
    expect(write(smoothed, 'keras')).toThrow('Keras has no Smoothing of Early stopping; set it to 0')
    expect(write(smoothed, 'pytorch')()).toContain('None, True, 0, 0.5)')
  })

  test('smooths labels in the loss, and makes class numbers one column each where Keras asks for that', () => {
    const project = sample('iris')
    const smoothed = {
      ...project,
      training: { ...project.training, regularizers: [{ kind: 'labelSmoothing', params: { amount: 0.2 } }] },
    }
    const { keras, pytorch } = both(smoothed, classes(3))
    expect(keras).toContain('losses.CategoricalCrossentropy(label_smoothing=0.2)')
    expect(keras).toContain('y = np.eye(3, dtype="float32")[y]')
    expect(keras).toContain('metrics.CategoricalAccuracy(name="accuracy")')
    expect(pytorch).toContain('y[0] * (1 - 0.2) + 0.06666666666666667')
  })

  test('has exact zeros by a step of its own, in the constraint of a Keras layer and after an update in PyTorch', () => {
    const { keras, pytorch } = both(sample('exact-zeros'), classes(2))
    expect(keras).toContain('kernel_constraint=ProximalL1(l1=0.01)')
    expect(keras).not.toContain('kernel_regularizer')
    expect(pytorch).toMatch(/shrink\(all_weights\["\w+\/kernel"\], optimizer, 0\.01\)/)
    expect(pytorch).not.toContain('def penalty')
  })

  test('keeps channels first between convolutions in PyTorch and puts them last for Flatten', () => {
    const conv: Setting = { kind: 'conv2D', params: { filters: 4, activation: 'relu', padding: 'same' } }
    const pool: Setting = { kind: 'maxPooling2D', params: {} }
    const { keras, pytorch } = both(
      chain([8, 8, 3], [conv, pool, conv, { kind: 'flatten', params: {} }, dense(1)]),
      null,
    )
    expect(unbroken(keras)).toContain(
      'layers.Conv2D(filters=4, kernel_size=(3, 3), activation="relu", padding="same", name="conv2D1")(input0)',
    )
    expect(pytorch).toContain('F.relu(self.conv2D1(channels_first(input0)))')
    expect(pytorch).toContain('maxPooling2D2 = self.maxPooling2D2(conv2D1)')
    expect(pytorch).toContain('flatten4 = channels_last(conv2D3).flatten(1)')
    expect(pytorch).toContain('"conv2D1/kernel": model.conv2D1.weight.permute(2, 3, 1, 0),')
  })

  test('calls a layer that is used again by one object, and holds frozen ones still', () => {
    const project = chain([4], [dense(4), { kind: 'batchNormalization', params: {} }, dense(4), dense(1)])
    const nodes = project.graph.nodes.map((node, index) =>
      index === 3 ? { ...node, sameAs: 'dense1' } : index === 2 ? { ...node, frozen: true } : node,
    )
    const { keras, pytorch } = both({ ...project, graph: { ...project.graph, nodes } }, null)
    expect(keras).toContain('dense3 = dense1_layer(batchNormalization2)')
    expect(unbroken(keras)).toContain('layers.BatchNormalization(name="batchNormalization2", trainable=False)')
    expect(pytorch).toContain('dense3 = self.dense1(batchNormalization2)')
    expect(pytorch).toContain('model.batchNormalization2.requires_grad_(False)')
    expect(pytorch).not.toContain('self.dense3')
  })

  test('says in one sentence what a format cannot have', () => {
    const clips = ['clipNorm', 'clipValue'].map((kind) => ({ kind, params: {} }))
    expect(() => scriptOf(chain([2], [dense(1)], { regularizers: clips }), 'keras', null)).toThrow(
      'Keras clips gradients in one way only; keep one of the clipping techniques to write a Keras script.',
    )
    expect(scriptOf(chain([2], [dense(1)], { regularizers: clips }), 'pytorch', null)).toContain('clip_grad_value_')
  })

  test('has groups, products and the spectral norm of a weight as classes or functions of its own', () => {
    const kernelRegularizers = [
      { kind: 'groupLasso', params: { strength: 0.01 } },
      { kind: 'sparseGroupLasso', params: { l1: 0.02, group: 0.03, groups: 'inputs' } },
      { kind: 'softOrthogonal', params: { strength: 0.04, mode: 'rows' } },
      { kind: 'spectralNorm', params: { strength: 0.05 } },
    ]
    const { keras, pytorch } = both(chain([3], [dense(2, { kernelRegularizers }), dense(1)]), null)
    expect(unbroken(keras)).toContain(
      'Together(GroupLasso(strength=0.01), GroupLasso(strength=0.03, axis=-2, l1=0.02), SoftOrthogonal(strength=0.04, rows=True), SpectralNorm(strength=0.05))',
    )
    for (const name of ['GroupLasso', 'SoftOrthogonal', 'SpectralNorm']) expect(keras).toContain(`class ${name}(`)
    expect(pytorch).toContain('0.01 * group_norm(w["dense1/kernel"], -1)')
    expect(pytorch).toContain('0.02 * w["dense1/kernel"].abs().sum() + 0.03 * group_norm(w["dense1/kernel"], -2)')
    expect(pytorch).toContain('0.04 * products(w["dense1/kernel"], 0).square().sum()')
    expect(pytorch).toContain('0.5 * 0.05 * torch.linalg.matrix_norm(')
    for (const name of ['group_norm', 'products']) expect(pytorch).toContain(`def ${name}(`)
  })

  test('takes the elastic net as a step too, with the step that momentum makes of the learning rate', () => {
    const kernelRegularizers = [{ kind: 'l1l2', params: { l1: 0.02, l2: 0.03, form: 'proximal' } }]
    const optimizer = { kind: 'sgd', params: { momentum: 0.5 } }
    const { keras, pytorch } = both(chain([3], [dense(1, { kernelRegularizers })], { optimizer }), null)
    expect(keras).toContain('kernel_constraint=ProximalL1(l1=0.02, l2=0.03)')
    expect(keras).not.toContain('kernel_regularizer')
    expect(keras).toContain('step = optimizer.learning_rate / (1 - getattr(optimizer, "momentum", 0))')
    expect(pytorch).toContain('shrink(all_weights["dense1/kernel"], optimizer, 0.02, 0.03)')
    expect(pytorch).toContain('step = optimizer.param_groups[0]["lr"] / (1 - 0.5)')
    expect(pytorch).not.toContain('def penalty')
  })

  test('penalizes outputs in either form', () => {
    const activityRegularizers = [{ kind: 'l1', params: { strength: 0.02, form: 'proximal' } }]
    const { keras, pytorch } = both(chain([3], [dense(1, { activityRegularizers })]), null)
    expect(keras).toContain('activity_regularizer=regularizers.L1(l1=0.02)')
    expect(pytorch).toContain('0.02 * dense1.abs().sum()')
  })

  test('leaves no technique out silently: what it cannot have is refused in a sentence each', () => {
    const refused = (own: Record<string, ParamValue>, training: Partial<Project['training']> = {}) =>
      scriptFormats.map((format) => {
        try {
          return scriptOf(chain([3], [dense(2, own), dense(1)], training), format, null)
        } catch (error) {
          return error instanceof Error ? error.message : ''
        }
      })
    const on = (kind: string, params: Record<string, ParamValue> = {}) => ({ kernelRegularizers: [{ kind, params }] })
    for (const kind of ['l0', 'dropConnect', 'weightNoise', 'weightStandardization', 'spectralNormalization']) {
      const { title } = definitions.regularizer[kind] ?? { title: '' }
      expect(refused(on(kind))).toEqual(
        ['Keras', 'PyTorch'].map(
          (format) => `dense1/kernel: a ${format} script cannot have ${title} there yet; take it out to write one.`,
        ),
      )
    }
    expect(refused(on('groupLasso', { form: 'proximal' }))[1]).toBe(
      'dense1/kernel: a PyTorch script cannot have Group lasso in its proximal form yet; choose its gradient form to write one.',
    )
    expect(refused(on('l1', { form: 'proximal' }), { optimizer: { kind: 'rmsprop', params: {} } })[0]).toBe(
      'dense1/kernel: a Keras script knows the step of L1 in its proximal form under SGD, Adam and AdamW without AMSGrad only; choose one of them, or its gradient form, to write one.',
    )
    const timeLimit = { kind: 'timeLimit', params: {} }
    expect(refused({}, { regularizers: [timeLimit] })).toEqual(
      ['Keras', 'PyTorch'].map(
        (format) =>
          `A ${format} script cannot have ${definitions.regularizer.timeLimit?.title ?? ''} yet; take it out to write one.`,
      ),
    )
  })

  test('has layers of noise as each framework has them, or says which has none', () => {
    const noisy = ['gaussianNoise', 'alphaDropout', 'stochasticDepth'].map((kind) => ({ kind, params: {} }))
    const { keras, pytorch } = both(chain([4], [...noisy, dense(1)]), null)
    expect(keras).toContain('layers.GaussianNoise(stddev=0.1, name="gaussianNoise1")')
    expect(keras).toContain('layers.AlphaDropout(rate=0.1, name="alphaDropout2")')
    expect(unbroken(keras)).toContain('layers.Dropout(rate=0.2, noise_shape=(None, 1), name="stochasticDepth3")')
    expect(pytorch).toContain('self.gaussianNoise1 = GaussianNoise(0.1)')
    expect(pytorch).toContain('self.alphaDropout2 = nn.AlphaDropout(0.1)')
    expect(pytorch).toContain('class StochasticDepth(nn.Module):')
    const series = chain([6, 2], [{ kind: 'timeWarp', params: {} }, { kind: 'flatten', params: {} }, dense(1)])
    expect(scriptOf(series, 'pytorch', null)).toMatch(/def times_at[^]*class TimeWarp[^]*TimeWarp\(0\.2, 4\)/)
    expect(() => scriptOf(series, 'keras', null)).toThrow(
      'timeWarp1: Keras has no Time warp; take it out, or write a PyTorch script.',
    )
  })

  test('has augmentation as pairs of ends, and says where Keras has to be told', () => {
    const flatten = { kind: 'flatten', params: {} }
    const augmented = (params: Record<string, ParamValue>) =>
      chain(
        [8, 8, 3],
        [
          { kind: 'randomRotation', params: { factor: 0.2 } },
          { kind: 'randomZoom', params: { heightLower: -0.2, widthFactor: 0.3, fillMode: 'constant' } },
          { kind: 'randomPosterization', params: { factor: 6, lower: 3, valueRange: [0, 255] } },
          { kind: 'randomInvert', params: { factor: 0.3, ...params } },
          flatten,
          dense(1),
        ],
      )
    const keras = unbroken(scriptOf(augmented({ valueRange: [0, 1] }), 'keras', null))
    expect(keras).toContain('layers.RandomRotation(factor=(-0.2, 0.2), name="randomRotation1")(input0)')
    expect(keras).toContain(
      'layers.RandomZoom(height_factor=(-0.2, 0.1), width_factor=(-0.3, 0.3), fill_mode="constant", name="randomZoom2")',
    )
    expect(keras).toContain(
      'layers.RandomPosterization(factor=(3, 7), value_range=[0, 255], name="randomPosterization3")',
    )
    expect(keras).toContain('layers.RandomInvert(factor=(0.3, 0.3), value_range=[0, 1], name="randomInvert4")')
    const pytorch = unbroken(scriptOf(augmented({}), 'pytorch', null))
    expect(pytorch).toContain('WhileTraining(random_rotation, -0.2, 0.2, ("reflect", "bilinear", 0.0)')
    expect(pytorch).toContain('WhileTraining(random_posterization, 3.0, 6.0, (0.0, 255.0))')
    expect(pytorch).toContain('WhileTraining(random_invert, 0.3, None)')
    expect(pytorch.indexOf('def posterized(')).toBeGreaterThan(0)
    expect(() => scriptOf(augmented({}), 'keras', null)).toThrow(
      'randomInvert4: Keras takes no value range from a batch; write the value range of randomInvert4, such as 0, 1.',
    )
  })

  test('is the same each time', () => {
    for (const format of scriptFormats)
      expect(scriptOf(sample('iris'), format, classes(3))).toBe(scriptOf(sample('iris'), format, classes(3)))
  })
})

/** Another value than the default, of a kind Python can write. */
function otherValue(param: Param): ParamValue {
  switch (param.type) {
    case 'number':
    case 'integer':
      return param.default + 1
    case 'optional':
      return (param.default ?? 0) + 1
    case 'boolean':
      return !param.default
    case 'choice':
      return param.options.find((option) => option !== param.default) ?? param.default
    case 'text':
      return `${param.default}/other`
    case 'shape':
    case 'numbers':
      return param.default.length > 0 ? param.default.map((size) => size + 1) : [2, 3]
    case 'setting':
      return {
        kind: Object.keys(definitions[param.family]).find((kind) => kind !== param.default.kind) ?? '',
        params: {},
      }
    case 'settings':
      return [{ kind: param.family === 'constraint' ? 'nonNeg' : 'l2', params: {} }]
  }
}

const families = Object.entries(definitions) as [Family, Readonly<Record<string, Definition>>][]
const written = families.flatMap(([family, all]) =>
  Object.values(all).flatMap((definition) => (definition.keras ? [{ family, definition, kind: definition.kind }] : [])),
)

describe('every definition that Keras has', () => {
  test.for(written)('$family $kind writes each parameter that is not at its default', ({ definition }) => {
    const { keras } = definition
    const elsewhere = [
      ...(keras?.without ?? []),
      ...Object.keys(keras?.call ?? {}),
      ...Object.values(keras?.ranges ?? {}).map(({ lower }) => lower),
      keras?.wrapper?.param,
    ]
    const defaults = filled(definition, { kind: definition.kind, params: {} })
    for (const [name, param] of Object.entries(definition.params)) {
      if (elsewhere.includes(name) || (param.type === 'setting' && param.family === 'schedule')) continue
      const named = argumentsOf(definition, { ...defaults, [name]: otherValue(param) }, new Extras())
      const expression = named[argumentOf(definition, name)]
      expect(expression, name).toBeDefined()
      expect(flat(expression ?? ''), name).not.toMatch(/undefined|null|\[object/)
    }
  })
})

describe('a PyTorch script', () => {
  test('can have every layer, activation, loss and optimizer there is', () => {
    const layers = Object.keys(definitions.layer).filter((kind) => kind !== 'input' && kind !== 'block')
    expect(layers.filter((kind) => !torchKinds.includes(kind))).toEqual([])
    expect(Object.keys(definitions.optimizer).filter((kind) => !torchOptimizers.includes(kind))).toEqual([])
    expect(activationKinds.filter((kind) => kind !== 'linear' && activated(kind, 'x') === 'x')).toEqual([])
    for (const kind of Object.keys(definitions.loss)) {
      const functions = new LossFunctions()
      const name = functions.call({ kind, params: {} }, 'p', 'y', false).split('(')[0] ?? ''
      expect(functions.lines(), kind).toContainEqual(expect.stringMatching(new RegExp(`^def ${name}\\(`)))
    }
  })

  test.for(Object.keys(definitions.schedule))('follows the schedule %s', (kind) => {
    const optimizer = { kind: 'sgd', params: { schedule: { kind, params: {} } } }
    const script = scriptOf(chain([2], [dense(1)], { optimizer }), 'pytorch', null)
    expect(script.includes('def learning_rate(step, rate):')).toBe(kind !== 'constant')
    expect(script).not.toContain('raise ValueError')
  })

  test.for(Object.keys(definitions.constraint))('holds the constraint %s', (kind) => {
    const script = scriptOf(chain([2], [dense(1, { kernelConstraints: [{ kind, params: {} }] })]), 'pytorch', null)
    expect(script).toContain('w = all_weights["dense1/kernel"]')
    expect(script).toMatch(/w\.copy_\(w[ .]/)
  })
})
