/** Keras' optimizers, with the clipping, averaging and weight decay that Keras keeps inside them. */
import type { ParamValue, Setting } from '#engine/project/project.ts'
import { definitionOfClass, readParams } from './definition.ts'
import { Fields } from './fields.ts'
import { readSchedule } from './schedule.ts'

export interface ReadOptimizer {
  readonly optimizer: Setting
  readonly regularizers: readonly Setting[]
}

/** The optimizer of a compiled model; null when it has none, and when it has one that is reported. */
export function readOptimizer(compiled: Fields): ReadOptimizer | null {
  const object = compiled.object('optimizer')
  if (!object) return null
  const fields = new Fields(object, `Optimizer ${object.className}`, 'training/optimizer', compiled.issues)
  const definition = definitionOfClass('optimizer', object.className)
  if (!definition) {
    fields.refuse()
    return null
  }
  const own = readParams(fields, definition, ['learningRate', 'schedule'])
  const params: Record<string, ParamValue> = { ...readSchedule(fields), ...own }
  const regularizers = techniques(fields, definition.params['weightDecay'] !== undefined)
  fields.ignore('name')
  fields.only('loss_scale_factor', 1)
  fields.finish()
  return { optimizer: { kind: definition.kind, params }, regularizers }
}

const clipping = { clipnorm: 'clipNorm', clipvalue: 'clipValue', global_clipnorm: 'clipGlobalNorm' } as const

function techniques(fields: Fields, decays: boolean): Setting[] {
  const clips = Object.entries(clipping).flatMap(([name, regularizer]): Setting[] => {
    const limit = fields.optional(name)
    return limit === null ? [] : [{ kind: regularizer, params: { limit } }]
  })
  // An optimizer may have decay as a setting of its own, as AdamW does.
  const strength = decays ? null : fields.optional('weight_decay')
  const decay = strength === null ? [] : [{ kind: 'weightDecay', params: { strength } }]
  return [...clips, ...decay, ...average(fields)]
}

/** The average of the weights, which Keras keeps inside the optimizer. */
function average(fields: Fields): Setting[] {
  const on = fields.flag('use_ema', false)
  const params = {
    momentum: fields.number('ema_momentum', 0.99),
    overwriteFrequency: fields.optional('ema_overwrite_frequency'),
  }
  return on ? [{ kind: 'weightAverage', params }] : []
}
