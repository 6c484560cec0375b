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
    expect(pytorch).toContain('EarlyStopping("validation/loss", False, 0, 15, None, True, 0)')
    // A half of the weights' squares is nowhere, so L2 is no weight_decay of an optimizer.
    expect(pytorch).not.toMatch(/weight_decay=/)
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
    const elsewhere = [...(keras?.without ?? []), ...Object.keys(keras?.call ?? {}), keras?.wrapper?.param]
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
