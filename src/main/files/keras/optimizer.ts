/** Keras' optimizers, with the clipping and weight decay that Keras keeps inside them. */
import type { ParamValue, Setting } from '#engine/project/project.ts'
import { Fields, key } from './fields.ts'

export interface ReadOptimizer {
  readonly optimizer: Setting
  readonly regularizers: readonly Setting[]
}

/** The optimizer of a compiled model; null when it has none, and when it has one that is reported. */
export function readOptimizer(compiled: Fields): ReadOptimizer | null {
  const object = compiled.object('optimizer')
  if (!object) return null
  const fields = new Fields(object, `Optimizer ${object.className}`, 'training/optimizer', compiled.issues)
  const own = ownParams(fields)
  if (!own) {
    fields.refuse()
    return null
  }
  const params = { ...learningRate(fields, own.learningRate), ...own.params }
  const regularizers = techniques(fields, own.kind)
  // What an average of the weights would be set to matters only with use_ema, which is reported.
  fields.ignore('name', 'ema_momentum', 'ema_overwrite_frequency')
  fields.only('loss_scale_factor', 1)
  fields.only('gradient_accumulation_steps', 1)
  fields.finish()
  return { optimizer: { kind: own.kind, params }, regularizers }
}

interface OwnParams {
  readonly kind: string
  readonly learningRate: number
  readonly params: Readonly<Record<string, ParamValue>>
}

function ownParams(fields: Fields): OwnParams | null {
  switch (key(fields.className)) {
    case 'sgd': {
      const params = { momentum: fields.number('momentum', 0), nesterov: fields.flag('nesterov', false) }
      return { kind: 'sgd', learningRate: 0.01, params }
    }
    case 'adam':
      return { kind: 'adam', learningRate: 0.001, params: adamParams(fields) }
    case 'adamw': {
      const params = { ...adamParams(fields), weightDecay: fields.number('weight_decay', 0.004) }
      return { kind: 'adamw', learningRate: 0.001, params }
    }
    default:
      return null
  }
}

const adamParams = (fields: Fields) => ({
  beta1: fields.number('beta_1', 0.9),
  beta2: fields.number('beta_2', 0.999),
  epsilon: fields.number('epsilon', 1e-7),
})

function learningRate(optimizer: Fields, otherwise: number): Readonly<Record<string, ParamValue>> {
  const value = optimizer.raw('learning_rate')
  if (value === undefined || value === null || typeof value === 'number') {
    return { learningRate: optimizer.number('learning_rate', otherwise), schedule: { kind: 'constant', params: {} } }
  }
  const object = optimizer.object('learning_rate')
  if (!object) return {}
  const path = `${optimizer.path}/schedule`
  const fields = new Fields(object, `Learning-rate schedule ${object.className}`, path, optimizer.issues)
  if (object.className !== 'CosineDecay') {
    fields.refuse()
    return {}
  }
  const params = cosineDecay(fields)
  fields.ignore('name')
  fields.finish()
  return params
}

// Keras warms up from the initial rate to a target and decays from there; the rate that counts here is the target.
function cosineDecay(fields: Fields): Readonly<Record<string, ParamValue>> {
  const initial = fields.number('initial_learning_rate', 0)
  const target = fields.optional('warmup_target')
  const peak = target ?? initial
  const params = {
    steps: fields.number('decay_steps', 1),
    alpha: fields.number('alpha', 0),
    warmupSteps: target === null ? 0 : fields.number('warmup_steps', 0),
    warmupFrom: target === null || peak === 0 ? 0 : initial / peak,
  }
  fields.ignore('warmup_steps')
  return { learningRate: peak, schedule: { kind: 'cosineDecay', params } }
}

const clipping = { clipnorm: 'clipNorm', clipvalue: 'clipValue', global_clipnorm: 'clipGlobalNorm' } as const

function techniques(fields: Fields, kind: string): Setting[] {
  const clips = Object.entries(clipping).flatMap(([name, regularizer]): Setting[] => {
    const limit = fields.optional(name)
    return limit === null ? [] : [{ kind: regularizer, params: { limit } }]
  })
  // AdamW's decay is a setting of its own optimizer.
  const strength = kind === 'adamw' ? null : fields.optional('weight_decay')
  return strength === null ? clips : [...clips, { kind: 'weightDecay', params: { strength } }]
}
