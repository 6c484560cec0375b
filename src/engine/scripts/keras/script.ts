/** A project as a Keras 3 script. */
import type { Project } from '../../project/project.ts'
import { dataSection, shuffled } from '../dataSection.ts'
import { refuseMissing } from '../missing.ts'
import { planScript, type ScriptPlan } from '../plan.ts'
import { call, dictionary, lines, list, literalLines, number, prefixed, text } from '../python.ts'
import type { ScriptData } from '../scriptData.ts'
import { Extras } from './extras.ts'
import { networkSection } from './network.ts'
import { callbackExpressions, compileSection, smoothedTargets, spreadsClasses, techniques } from './training.ts'

const modules = [
  'callbacks',
  'constraints',
  'initializers',
  'layers',
  'losses',
  'metrics',
  'optimizers',
  'regularizers',
]

/** The script; throws an IssueError where the project is wrong, or holds what Keras cannot do. */
export function kerasScript(project: Project, data: ScriptData | null): string {
  const plan = planScript(project, data, ['keras', 'np', 'csv', ...modules])
  refuseMissing(plan, 'Keras')
  const extras = new Extras()
  const network = networkSection(plan, extras)
  const compiled = compileSection(plan, extras)
  const training = trainingSection(plan, extras)
  const body = [
    ...extras.lines(),
    '',
    '',
    ...dataSection(plan),
    '',
    '',
    ...network,
    '',
    '',
    ...compiled,
    '',
    '',
    ...weightsSection(plan),
    '',
    '',
    ...training,
  ]
  const used = modules.filter((module) =>
    body.some((line) => new RegExp(`\\b${module}\\.`).test(line.replaceAll('keras.', ''))),
  )
  const head = [
    ...literalLines(`${project.name}: a Keras 3 script, written by Espalier.`, project.doc),
    '',
    'import argparse',
    ...(data === null ? [] : ['import csv']),
    '',
    'import keras',
    'import numpy as np',
    ...(used.length > 0 ? [`from keras import ${used.join(', ')}`] : []),
    '',
    `SEED = ${number(project.training.seed)}`,
  ]
  return `${[...head, ...body].join('\n')}\n`
}

function weightsSection({ layers }: ScriptPlan): readonly string[] {
  const owners = layers.filter(({ weights }) => weights.length > 0)
  const table = dictionary(
    owners.map(({ variable, weights }) => [text(variable), list(weights.map(({ name }) => text(name)))]),
  )
  return [
    '# The arrays of each layer, in the order of its variables.',
    ...lines(prefixed('WEIGHTS = ', table)),
    '',
    '',
    'def load_weights(model, path):',
    '    """Takes the weights from a .npz file, or from an ONNX model or file of weights that Espalier wrote."""',
    '    if path.endswith(".onnx"):',
    '        import onnx',
    '        tensors = onnx.load(path).graph.initializer',
    '        arrays = {each.name: onnx.numpy_helper.to_array(each) for each in tensors}',
    '    else:',
    '        arrays = np.load(path)',
    '    for layer, names in WEIGHTS.items():',
    '        model.get_layer(layer).set_weights([arrays[name] for name in names])',
  ]
}

function trainingSection(plan: ScriptPlan, extras: Extras): readonly string[] {
  const { training, outputs } = plan
  const callbacks = callbackExpressions(plan, extras)
  const [weighing] = techniques(plan, 'classWeights')
  const adjusted = outputs.flatMap((output, index) => {
    const y = outputs.length === 1 ? 'y' : `y[${index}]`
    const classes = output.shape.at(-1) ?? 1
    const amount = smoothedTargets(plan, output)
    return [
      ...(spreadsClasses(plan, output) ? [`    ${y} = np.eye(${classes}, dtype="float32")[${y}]`] : []),
      ...(amount > 0
        ? [`    ${y} = ${y} * ${number(1 - amount)} + ${number(amount / (output.form === 'binary' ? 2 : classes))}`]
        : []),
    ]
  })
  const prepare =
    adjusted.length > 0
      ? [
          'def prepare(part):',
          '    """Targets as the losses take them here."""',
          '    x, y, weights = part',
          ...adjusted,
          '    return x, y, weights',
          '',
          '',
        ]
      : []
  const fit = call('model.fit', ['x', 'y'], {
    epochs: 'epochs',
    batch_size: number(training.batchSize),
    shuffle: shuffled(plan),
    sample_weight: 'weights',
    validation_data: 'validation',
    ...(weighing ? { class_weight: 'class_weights(y)' } : {}),
    ...(callbacks.length > 0 ? { callbacks: list(callbacks) } : {}),
    verbose: '2',
  })
  return [
    ...prepare,
    ...(weighing ? [...classWeightLines(String(weighing.mode), weighing.weights), '', ''] : []),
    `def train(model, training, validation, epochs=${number(training.epochs)}):`,
    '    x, y, weights = training',
    ...lines(fit, '    '),
    '',
    '',
    'def main():',
    '    parser = argparse.ArgumentParser()',
    '    parser.add_argument("--weights", help="start from these weights: a .npz or .onnx file")',
    `    parser.add_argument("--epochs", type=int, default=${number(training.epochs)})`,
    '    parser.add_argument("--out", default="model.keras", help="where the trained model goes")',
    '    options = parser.parse_args()',
    '    keras.utils.set_random_seed(SEED)',
    '    training, validation = load_data()',
    ...(prepare.length > 0 ? ['    training, validation = prepare(training), validation and prepare(validation)'] : []),
    '    model = build_model()',
    '    if options.weights:',
    '        load_weights(model, options.weights)',
    '    compile_model(model)',
    ...(extras.has('ProximalL1') ? ['    ProximalL1.model = model'] : []),
    '    model.summary()',
    '    train(model, training, validation, options.epochs)',
    '    model.save(options.out)',
    '',
    '',
    'if __name__ == "__main__":',
    '    main()',
  ]
}

function classWeightLines(mode: string, weights: unknown): readonly string[] {
  const given: readonly unknown[] = Array.isArray(weights) ? weights : []
  const entries = given.map((weight, index): [string, string] => [String(index), number(Number(weight))])
  if (mode === 'given') return ['def class_weights(y):', ...lines(prefixed('return ', dictionary(entries)), '    ')]
  return [
    'def class_weights(y):',
    '    """All classes weigh the same in sum."""',
    '    classes = y.argmax(axis=1) if y.ndim > 1 and y.shape[1] > 1 else y.reshape(-1).astype(int)',
    '    counts = np.bincount(classes)',
    '    return {each: len(classes) / (len(counts) * count) for each, count in enumerate(counts) if count}',
  ]
}
