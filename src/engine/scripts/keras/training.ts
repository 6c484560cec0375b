/** The training of a Keras script: optimizer, losses, metrics and callbacks. */
import { requireDefinition } from '../../definitions.ts'
import { filled } from '../../definitions.ts'
import { fail, type ParamValue, type Setting } from '../../project/project.ts'
import { isSetting, type ScriptOutput, type ScriptPlan } from '../plan.ts'
import { call, lines, list, number, prefixed, real, text, type Expression } from '../python.ts'
import { literal, type Extras } from './extras.ts'
import { snakeCase } from './names.ts'
import { argumentsOf, settingExpression } from './setting.ts'

/** Lines that define `compile_model(model)`. */
export function compileSection(plan: ScriptPlan, extras: Extras): readonly string[] {
  const { outputs } = plan
  const one = (items: readonly Expression[]): Expression => (items.length === 1 ? (items[0] ?? '') : list(items))
  const losses = outputs.map((output) => lossExpression(plan, output, extras))
  const metrics = outputs.map((output) => list(metricExpressions(plan, output, extras)))
  const weights = outputs.some(({ weight }) => weight !== 1)
  return [
    'def compile_model(model):',
    ...optimizerLines(plan, extras),
    ...lines(
      call('model.compile', [], {
        optimizer: 'optimizer',
        loss: one(losses),
        ...(weights ? { loss_weights: list(outputs.map(({ weight }) => real(weight))) } : {}),
        metrics: one(metrics),
      }),
      '    ',
    ),
  ]
}

/** The techniques of the run of a kind, their parameters filled in. */
export function techniques(plan: ScriptPlan, kind: string): readonly Readonly<Record<string, ParamValue>>[] {
  const definition = requireDefinition('regularizer', kind, kind)
  return plan.training.regularizers.flatMap((setting) => (setting.kind === kind ? [filled(definition, setting)] : []))
}

const clipping = { clipNorm: 'clipnorm', clipValue: 'clipvalue', clipGlobalNorm: 'global_clipnorm' } as const

function optimizerLines(plan: ScriptPlan, extras: Extras): readonly string[] {
  const { optimizer } = plan.training
  const definition = requireDefinition('optimizer', optimizer.kind, 'training/optimizer')
  const params = filled(definition, optimizer)
  const clips = Object.entries(clipping).flatMap(([kind, argument]) =>
    techniques(plan, kind).map(({ limit }): [string, string] => [argument, literal(limit)]),
  )
  if (clips.length > 1)
    fail(
      'training/regularizers',
      'Keras clips gradients in one way only; keep one of the clipping techniques to write a Keras script.',
    )
  const [decay] = techniques(plan, 'weightDecay')
  const [average] = techniques(plan, 'weightAverage')
  const named = {
    learning_rate: learningRate(params, extras),
    ...argumentsOf(definition, params, extras, { except: ['learningRate', 'schedule'] }),
    ...(decay ? { weight_decay: literal(decay.strength) } : {}),
    ...Object.fromEntries(clips),
    ...(average ? { use_ema: 'True', ema_momentum: literal(average.momentum) } : {}),
    ...(average && average.overwriteFrequency !== null
      ? { ema_overwrite_frequency: literal(average.overwriteFrequency) }
      : {}),
  }
  const excluded = params.excluded ?? decay?.excluded ?? 'nothing'
  const written = call(`optimizers.${definition.keras?.class ?? definition.title}`, [], named)
  return [...lines(prefixed('optimizer = ', written), '    '), ...exclusionLines(String(excluded))]
}

/** Which variables weight decay leaves alone, as parts of their names. */
function exclusionLines(excluded: string): readonly string[] {
  const names: Readonly<Record<string, readonly string[]>> = {
    nothing: [],
    biases: ['bias'],
    vectors: ['bias', 'gamma', 'beta', 'scale', 'alpha'],
    vectorsAndEmbeddings: ['bias', 'gamma', 'beta', 'scale', 'alpha', 'embeddings'],
  }
  const own = names[excluded] ?? []
  if (own.length === 0) return []
  return lines(call('optimizer.exclude_from_weight_decay', [], { var_names: list(own.map(text)) }), '    ')
}

function learningRate(params: Readonly<Record<string, ParamValue>>, extras: Extras): Expression {
  const rate = typeof params.learningRate === 'number' ? params.learningRate : 0
  const { schedule } = params
  if (!isSetting(schedule) || schedule.kind === 'constant') return real(rate)
  const own = filled(requireDefinition('schedule', schedule.kind, 'training/optimizer/schedule'), schedule)
  const numbers = (value: ParamValue | undefined): readonly number[] => {
    const all: readonly unknown[] = Array.isArray(value) ? value : []
    return all.filter((each) => typeof each === 'number')
  }
  if (schedule.kind === 'piecewiseConstantDecay')
    return call('optimizers.schedules.PiecewiseConstantDecay', [], {
      boundaries: list(numbers(own.boundaries).map(number)),
      values: list(numbers(own.factors).map((factor) => real(rate * factor))),
    })
  if (schedule.kind === 'oneCycle') {
    const cycle = extras.own('schedule', schedule)
    return cycle && typeof cycle !== 'string' ? { ...cycle, items: [real(rate), ...cycle.items] } : real(rate)
  }
  const warms = schedule.kind === 'cosineDecay' && Number(own.warmupSteps) > 0
  const also: Readonly<Record<string, Expression>> = warms
    ? {
        initial_learning_rate: real(rate * Number(own.warmupFrom)),
        warmup_target: real(rate),
        warmup_steps: literal(own.warmupSteps),
      }
    : { initial_learning_rate: real(rate) }
  return settingExpression('schedule', schedule, extras, { except: ['warmupSteps', 'warmupFrom'], also }) ?? real(rate)
}

/** Losses that smooth labels themselves; the targets of others are smoothed before. */
const smoothing = [
  'binaryCrossentropy',
  'categoricalCrossentropy',
  'binaryFocalCrossentropy',
  'categoricalFocalCrossentropy',
]

/** Whether class numbers are made one column each: for what only takes those. */
export function spreadsClasses(plan: ScriptPlan, { loss, metrics }: ScriptOutput): boolean {
  if (loss.kind !== 'sparseCategoricalCrossentropy') return false
  const sparse = metrics.every(
    ({ kind }) => requireDefinition('metric', kind, kind).keras?.classes?.index !== undefined,
  )
  return !sparse || techniques(plan, 'labelSmoothing').length > 0
}

function lossExpression(plan: ScriptPlan, output: ScriptOutput, extras: Extras): Expression {
  const [smooth] = techniques(plan, 'labelSmoothing')
  const setting = spreadsClasses(plan, output) ? { ...output.loss, kind: 'categoricalCrossentropy' } : output.loss
  const also = smooth && smoothing.includes(setting.kind) ? { label_smoothing: literal(smooth.amount) } : {}
  return settingExpression('loss', setting, extras, { also }) ?? text(snakeCase(setting.kind))
}

/** The share of the even guess in the targets of an output whose loss does not smooth labels; 0 for the others. */
export function smoothedTargets(plan: ScriptPlan, output: ScriptOutput): number {
  const [smooth] = techniques(plan, 'labelSmoothing')
  const own = smoothing.includes(output.loss.kind) || spreadsClasses(plan, output) || output.form === 'value'
  return smooth && !own ? Number(smooth.amount) : 0
}

function metricExpressions(plan: ScriptPlan, output: ScriptOutput, extras: Extras): readonly Expression[] {
  const form = spreadsClasses(plan, output) ? 'oneHot' : output.form
  const scores = output.loss.params.fromLogits === true || output.definition.activation === 'linear'
  const measured = output.metrics.flatMap((setting): readonly Expression[] => {
    const definition = requireDefinition('metric', setting.kind, setting.kind)
    const { keras } = definition
    const name = { name: text(metricName(setting.kind)) }
    if (setting.kind === 'accuracy' && form === 'binary')
      return [call('metrics.BinaryAccuracy', [], { ...name, ...(scores ? { threshold: '0' } : {}) })]
    if (!keras) return []
    const logits =
      output.loss.params.fromLogits === true && (setting.kind.endsWith('Auc') || 'fromLogits' in definition.params)
    const own = argumentsOf(definition, filled(definition, setting), extras, {
      also: logits ? { from_logits: 'True' } : {},
    })
    return [call(`metrics.${keras.classes?.[form] ?? keras.class}`, [], { ...own, ...name })]
  })
  return watchesData(plan)
    ? [...measured, call('metrics.MeanMetricWrapper', [lossExpression(plan, output, extras)], { name: text('data') })]
    : measured
}

/** What a metric is called in Keras' history. */
const metricName = (kind: string): string => snakeCase(kind)

const monitors = (plan: ScriptPlan): readonly string[] =>
  ['earlyStopping', 'reduceOnPlateau'].flatMap((kind) => techniques(plan, kind).map(({ monitor }) => String(monitor)))

const watchesData = (plan: ScriptPlan): boolean => monitors(plan).some((monitor) => monitor.endsWith('/data'))

/** A watched number as Keras calls it: `validation/rocAuc` is `val_roc_auc`, `train/out/loss` is `out_loss`. */
function watched(plan: ScriptPlan, monitor: string): string {
  const [part, ...rest] = monitor.split('/')
  const name = rest.at(-1) ?? 'loss'
  const node = rest.slice(0, -1).join('/')
  const output = node === '' ? '' : `${plan.names.of(node)}_`
  return `${part === 'validation' ? 'val_' : ''}${output}${metricName(name)}`
}

/** The rules of the run, as callbacks. */
export function callbackExpressions(plan: ScriptPlan, extras: Extras): readonly Expression[] {
  return plan.training.regularizers.flatMap((setting: Setting): readonly Expression[] => {
    const definition = requireDefinition('regularizer', setting.kind, setting.kind)
    if (!definition.stop || !definition.keras) return []
    const params = filled(definition, setting)
    for (const name of definition.keras.without ?? []) {
      const param = definition.params[name]
      if (param && params[name] !== param.default)
        fail(
          'training/regularizers',
          `Keras has no ${param.title} of ${definition.title}; set it to ${String(param.default)} to write a Keras script.`,
        )
    }
    const given = { ...params, monitor: watched(plan, String(params.monitor)) }
    return [call(`callbacks.${definition.keras.class}`, [], argumentsOf(definition, given, extras))]
  })
}
