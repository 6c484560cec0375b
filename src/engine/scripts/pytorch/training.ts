/** The training of a PyTorch script: losses, metrics, rules and the loop. */
import { filled, requireDefinition } from '../../definitions.ts'
import type { ParamValue, Setting } from '../../project/project.ts'
import { snakeCase } from '../keras/names.ts'
import { isSetting, type ScriptOutput, type ScriptPlan } from '../plan.ts'
import { flat, number, text, tuple } from '../python.ts'
import { LossFunctions, python } from './losses.ts'
import { MetricFunctions } from './metrics.ts'
import { linkOfOutput } from './network.ts'
import { rateOf, scheduleLines, torchOptimizer } from './optimizers.ts'
import { ruleClasses, ruleExpressions } from './rules.ts'
import { afterUpdateLines, decayedNames, penaltyLines } from './techniques.ts'

type Params = Readonly<Record<string, ParamValue>>

/** Everything of a script but data and network. */
export function trainingLines(plan: ScriptPlan): readonly string[] {
  const losses = new LossFunctions()
  const metrics = new MetricFunctions(losses)
  const { training } = plan
  const loss = lossLines(plan, losses)
  const measure = measureLines(plan, metrics)
  const optimizer = torchOptimizer(training.optimizer)
  const params = filled(
    requireDefinition('optimizer', training.optimizer.kind, 'training/optimizer'),
    training.optimizer,
  )
  const penalty = penaltyLines(plan)
  const after = afterUpdateLines(plan)
  const blocks: readonly (readonly string[])[] = [
    penalty,
    after,
    isSetting(params.schedule) && params.schedule.kind !== 'constant' ? scheduleLines(params.schedule) : [],
    ...ruleClasses(plan),
    loss,
    measure,
    loopLines(plan, params, optimizer.expression, penalty.length > 0, after.length > 0),
  ]
  return [
    ...losses.lines(),
    ...metrics.lines(),
    ...optimizer.lines,
    ...blocks.flatMap((block) => (block.length > 0 ? ['', '', ...block] : [])),
  ]
}

const techniques = ({ training }: ScriptPlan, kind: string): readonly Params[] =>
  training.regularizers.flatMap((setting) =>
    setting.kind === kind ? [filled(requireDefinition('regularizer', kind, kind), setting)] : [],
  )

const classesOf = ({ shape }: ScriptOutput): number => shape.at(-1) ?? 1

/** Class numbers as one column each. */
const spread = (output: ScriptOutput, y: string): string =>
  output.form === 'index' ? `F.one_hot(${y}.long(), ${classesOf(output)}).float()` : y

function lossLines(plan: ScriptPlan, losses: LossFunctions): readonly string[] {
  const { outputs } = plan
  const [smooth] = techniques(plan, 'labelSmoothing')
  const [weighing] = techniques(plan, 'classWeights')
  const parts = outputs.map((output, index) => {
    const link = linkOfOutput(plan, output)
    return losses.call(output.loss, `p[${index}]`, `y[${index}]`, link !== null)
  })
  const even = (output: ScriptOutput): string =>
    number(Number(smooth?.amount ?? 0) / (output.form === 'binary' ? 2 : classesOf(output)))
  return [
    ...(weighing ? [...classWeightLines(weighing, outputs), '', ''] : []),
    'def data_loss(p, y, row_weights=None, training=False):',
    '    """The mean over the batch of what each row costs, all outputs together, and of each output alone."""',
    `    y = [${outputs.map((output, index) => spread(output, `y[${index}]`)).join(', ')}]`,
    ...(weighing ? ['    factor = class_weights(y[0]) if training else 1'] : []),
    ...(smooth
      ? [
          `    y = [${outputs
            .map((output, index) =>
              output.form === 'value'
                ? `y[${index}]`
                : `y[${index}] * (1 - ${python(smooth.amount ?? 0)}) + ${even(output)}`,
            )
            .join(', ')}]`,
        ]
      : []),
    `    parts = [`,
    ...parts.map((part) => `        ${part},`),
    `    ]`,
    ...(weighing ? ['    parts = [part * factor for part in parts]'] : []),
    '    if row_weights is not None:',
    '        parts = [part * row_weights for part in parts]',
    '    parts = [part.mean() for part in parts]',
    outputs.some(({ weight }) => weight !== 1)
      ? `    return sum(part * weight for part, weight in zip(parts, ${flat(tuple(outputs.map(({ weight }) => number(weight))))})), parts`
      : '    return sum(parts), parts',
  ]
}

function classWeightLines(params: Params, outputs: readonly ScriptOutput[]): readonly string[] {
  const binary = outputs[0]?.form === 'binary'
  const classes = binary ? '(y[:, 0] > 0.5).long()' : 'y.argmax(-1)'
  const given: readonly unknown[] = Array.isArray(params.weights) ? params.weights : []
  const count = binary ? 2 : outputs[0] ? classesOf(outputs[0]) : 2
  const table = Array.from({ length: count }, (_, index) => number(Number(given[index] ?? 1)))
  return [
    `CLASS_WEIGHTS = ${params.mode === 'given' ? `torch.tensor([${table.join(', ')}])` : `torch.ones(${count})`}`,
    '',
    '',
    'def class_weights(y):',
    '    """How much each row counts, by its class."""',
    `    return CLASS_WEIGHTS[${classes}]`,
    ...(params.mode === 'given'
      ? []
      : [
          '',
          '',
          'def balance_classes(y):',
          '    """All classes weigh the same in sum."""',
          `    counts = torch.bincount(${classes}, minlength=${count})`,
          '    CLASS_WEIGHTS.copy_(torch.where(counts > 0, counts.sum() / (len(counts) * counts.clamp(min=1)), 1))',
        ]),
  ]
}

function measureLines({ outputs }: ScriptPlan, metrics: MetricFunctions): readonly string[] {
  const lines = outputs.flatMap((output, index) => {
    const prefix = outputs.length === 1 ? '' : `${output.node}/`
    if (output.metrics.length === 0) return []
    return [
      `    p, y = predictions[${index}], ${spread(output, `targets[${index}]`)}`,
      ...output.metrics.map(
        (setting) => `    measured[${text(prefix + setting.kind)}] = float(${metrics.call(setting, output)})`,
      ),
    ]
  })
  return [
    'def measure(predictions, targets):',
    '    """The metrics, from all predictions and targets."""',
    '    measured = {}',
    ...lines,
    '    return measured',
  ]
}

function clipLines(plan: ScriptPlan): readonly string[] {
  return plan.training.regularizers.flatMap((setting) => {
    const limit = python(setting.params.limit ?? 1)
    switch (setting.kind) {
      case 'clipNorm':
        return ['for parameter in parameters:', `    nn.utils.clip_grad_norm_([parameter], ${limit})`]
      case 'clipGlobalNorm':
        return [`nn.utils.clip_grad_norm_(parameters, ${limit})`]
      case 'clipValue':
        return [`nn.utils.clip_grad_value_(parameters, ${limit})`]
      default:
        return []
    }
  })
}

/** Lines before an update in which weights decay, apart from the gradient. */
function decayLines(plan: ScriptPlan, optimizer: Setting, params: Params): readonly string[] {
  const own = optimizer.kind === 'adamw' ? [params] : []
  const all = [...own, ...techniques(plan, 'weightDecay')]
  return all.flatMap((each) => {
    const strength = python((each === params ? params.weightDecay : each.strength) ?? 0)
    const names = decayedNames(plan, String(each.excluded ?? 'nothing'))
    const over =
      names === null
        ? 'for parameter in parameters:'
        : `for parameter in (weights(model)[name] for name in (${names.map((name) => `${text(name)}, `).join('')})):`
    return ['with torch.no_grad():', `    ${over}`, `        parameter.mul_(1 - rate_now * ${strength})`]
  })
}

function loopLines(
  plan: ScriptPlan,
  params: Params,
  optimizer: string,
  penalized: boolean,
  constrained: boolean,
): readonly string[] {
  const { training, outputs, layers } = plan
  const rules = ruleExpressions(plan)
  const accumulated = Number(params.accumulatedSteps ?? 1)
  const scheduled = isSetting(params.schedule) && params.schedule.kind !== 'constant'
  const [average] = techniques(plan, 'weightAverage')
  const [weighing] = techniques(plan, 'classWeights')
  const balanced = weighing?.mode === 'balanced'
  const frozen = layers.filter((layer) => layer.frozen && layer.weights.length > 0 && layer.source === layer.name)
  const activity = layers.some(
    ({ params: own }) => Array.isArray(own.activityRegularizers) && own.activityRegularizers.length > 0,
  )
  const whole = ['data', ...(penalized ? ['penalty(model)'] : []), ...(activity ? ['model.activity'] : [])].join(' + ')
  const act = [
    ...clipLines(plan),
    `rate_now = ${scheduled ? 'learning_rate(updates, rate)' : 'rate'}`,
    'for group in optimizer.param_groups:',
    '    group["lr"] = rate_now',
    ...decayLines(plan, training.optimizer, params),
    'optimizer.step()',
    'optimizer.zero_grad()',
    ...(average ? averageLines(average) : []),
    ...(constrained ? ['after_update(model, optimizer)'] : []),
    'updates += 1',
  ]
  const deep = accumulated > 1 ? '                ' : '            '
  const node = outputs.length === 1 ? [] : outputs.map((output) => output.node)
  return [
    ...(training.optimizer.kind === 'muon' ? muonLines(plan, params) : []),
    'def tensors(arrays):',
    '    """Arrays as float32 tensors, one for each input or output."""',
    '    arrays = arrays if isinstance(arrays, (list, tuple)) else [arrays]',
    '    return [torch.as_tensor(np.asarray(each)).float() for each in arrays]',
    '',
    '',
    'def listed(outputs):',
    '    return list(outputs) if isinstance(outputs, tuple) else [outputs]',
    '',
    '',
    '@torch.no_grad()',
    'def evaluate(model, part):',
    '    """Loss, penalties included, and metrics of some rows in inference mode."""',
    '    x, y, row_weights = tensors(part[0]), tensors(part[1]), part[2]',
    '    model.eval()',
    '    row_weights = None if row_weights is None else torch.as_tensor(row_weights)',
    '    data, parts = data_loss(listed(model(*x)), y, row_weights)',
    `    measured = {"loss": float(${whole}), "data": float(data)}`,
    ...(node.length > 0
      ? [`    measured.update(zip((${node.map((each) => text(`${each}/loss`)).join(', ')}), map(float, parts)))`]
      : []),
    '    return {**measured, **measure(listed(predict(model, *x)), y)}',
    '',
    '',
    `def train(model, training, validation, epochs=${number(training.epochs)}):`,
    '    x, y = tensors(training[0]), tensors(training[1])',
    '    row_weights = None if training[2] is None else torch.as_tensor(training[2])',
    ...(balanced ? [`    balance_classes(${outputs[0] ? spread(outputs[0], 'y[0]') : 'y[0]'})`] : []),
    ...frozen.map(({ variable }) => `    model.${variable}.requires_grad_(False)`),
    '    parameters = [each for each in model.parameters() if each.requires_grad]',
    `    rate, updates = ${rateOf(training.optimizer)}, 0`,
    `    optimizer = ${optimizer.replace('RATE', 'rate')}`,
    `    rules = [${rules.join(', ')}]`,
    ...(average ? ['    averages = [parameter.detach().clone() for parameter in parameters]'] : []),
    '    shuffling = torch.Generator().manual_seed(SEED)',
    ...(accumulated > 1 ? ['    batches = 0'] : []),
    '    for epoch in range(epochs):',
    '        model.train()',
    training.shuffle
      ? '        order = torch.randperm(len(x[0]), generator=shuffling)'
      : '        order = torch.arange(len(x[0]))',
    '        sums, seen = {"loss": 0.0, "data": 0.0}, ([], [])',
    `        for rows_now in order.split(${number(training.batchSize)}):`,
    '            targets = [each[rows_now] for each in y]',
    '            outputs = listed(model(*(each[rows_now] for each in x)))',
    '            weighing = None if row_weights is None else row_weights[rows_now]',
    '            data, _ = data_loss(outputs, targets, weighing, training=True)',
    `            loss = ${whole}`,
    accumulated > 1 ? `            (loss / ${accumulated}).backward()` : '            loss.backward()',
    ...(accumulated > 1 ? ['            batches += 1', `            if batches % ${accumulated} == 0:`] : []),
    ...act.map((line) => deep + line),
    '            sums["loss"] += loss.item() * len(rows_now)',
    '            sums["data"] += data.item() * len(rows_now)',
    '            with torch.no_grad():',
    ...seenLines(plan),
    '            for kept, now in zip(seen, (predictions, targets)):',
    '                kept.append([each.detach() for each in now])',
    '        report = {f"train/{name}": total / len(order) for name, total in sums.items()}',
    '        predictions, targets = ([torch.cat(each) for each in zip(*part)] for part in seen)',
    '        report.update({f"train/{name}": value for name, value in measure(predictions, targets).items()})',
    '        if validation is not None:',
    '            measured = evaluate(model, validation)',
    '            report.update({f"validation/{name}": value for name, value in measured.items()})',
    '        print(f"epoch {epoch + 1}:", ", ".join(f"{name} {value:.5g}" for name, value in report.items()))',
    '        stop = False',
    '        for rule in rules:',
    '            ends, rate = rule.after_epoch(epoch, report[rule.monitor], model, rate)',
    '            stop = stop or ends',
    '        if stop:',
    '            break',
    ...(average
      ? [
          '    with torch.no_grad():',
          '        for parameter, mean in zip(parameters, averages):',
          '            parameter.copy_(mean)',
        ]
      : []),
    '    for rule in rules:',
    '        rule.finish(model)',
  ]
}

/** Predictions of a batch in training, from its outputs. */
function seenLines(plan: ScriptPlan): readonly string[] {
  const parts = plan.outputs.map((output, index) => {
    const link = linkOfOutput(plan, output)
    const value = `outputs[${index}]`
    return link === 'sigmoid' ? `torch.sigmoid(${value})` : link === 'softmax' ? `torch.softmax(${value}, -1)` : value
  })
  return [`                predictions = [${parts.join(', ')}]`]
}

function averageLines({ momentum, overwriteFrequency }: Params): readonly string[] {
  return [
    'with torch.no_grad():',
    '    for parameter, mean in zip(parameters, averages):',
    `        mean.lerp_(parameter, ${1 - Number(momentum)} if updates > 0 else 1.0)`,
    ...(overwriteFrequency === null
      ? []
      : [`        if (updates + 1) % ${python(overwriteFrequency ?? 1)} == 0:`, '            parameter.copy_(mean)']),
  ]
}

/** What Muon asks of the names of weights. */
function muonLines(plan: ScriptPlan, params: Params): readonly string[] {
  const decayed = decayedNames(plan, String(params.excluded ?? 'nothing'))
  return [
    'def parameter_of(view):',
    '    return view if view._base is None else view._base',
    '',
    '',
    'def names_of(model):',
    '    """The name of each parameter."""',
    '    return {parameter_of(w): name for name, w in weights(model).items()}',
    '',
    '',
    'def spared(model):',
    '    """The parameters that do not decay."""',
    ...(decayed === null
      ? ['    return set()']
      : [
          `    decayed = (${decayed.map((name) => `${text(snakeCase(name) === name ? name : name)}, `).join('')})`,
          '    return {parameter_of(w) for name, w in weights(model).items() if name not in decayed}',
        ]),
    '',
    '',
  ]
}
