/** Keras' learning rates: a number, or a schedule, which Keras gives the rate it begins at. */
import type { ParamValue, Setting } from '#engine/project/project.ts'
import { definitionOfClass, readParams } from './definition.ts'
import { Fields } from './fields.ts'

type Params = Readonly<Record<string, ParamValue>>

const constant: Setting = { kind: 'constant', params: {} }

/** Learning rate and schedule as parameters of an optimizer; reports a schedule that has no counterpart. */
export function readSchedule(optimizer: Fields): Params {
  const value = optimizer.raw('learning_rate')
  if (value === undefined || value === null) return { schedule: constant }
  if (typeof value === 'number') return { learningRate: optimizer.number('learning_rate', 0), schedule: constant }
  const object = optimizer.object('learning_rate')
  if (!object) return {}
  const path = `${optimizer.path}/schedule`
  const fields = new Fields(object, `Learning-rate schedule ${object.className}`, path, optimizer.issues)
  const params = read(fields)
  if (!params) {
    fields.refuse()
    return {}
  }
  fields.ignore('name')
  fields.finish()
  return params
}

function read(fields: Fields): Params | null {
  if (fields.className === 'PiecewiseConstantDecay') return piecewise(fields)
  const definition = definitionOfClass('schedule', fields.className)
  if (!definition) return null
  const warmup = definition.kind === 'cosineDecay' ? ['warmupSteps', 'warmupFrom'] : []
  const params = readParams(fields, definition, warmup)
  const initial = fields.number('initial_learning_rate', 0)
  if (warmup.length === 0) return { learningRate: initial, schedule: { kind: definition.kind, params } }
  // Keras warms up from the initial rate to a target and decays from there; the rate that counts here is the target.
  const target = fields.optional('warmup_target')
  const steps = fields.number('warmup_steps', 0)
  const peak = target ?? initial
  const rise = {
    warmupSteps: target === null ? 0 : steps,
    warmupFrom: target === null || peak === 0 ? 0 : initial / peak,
  }
  return { learningRate: peak, schedule: { kind: definition.kind, params: { ...params, ...rise } } }
}

/** Keras gives the rate of each stretch; here they are multiples of one. */
function piecewise(fields: Fields): Params {
  const numbers = (name: string): number[] => {
    const value = fields.raw(name)
    const list: unknown[] = Array.isArray(value) ? value : []
    const found = list.filter((each) => typeof each === 'number')
    if (found.length !== list.length || list.length === 0) fields.unsupported(name, value)
    return found
  }
  const [boundaries, values] = [numbers('boundaries'), numbers('values')]
  const learningRate = values.find((rate) => rate > 0) ?? 0
  const factors = values.map((rate) => (learningRate > 0 ? rate / learningRate : 0))
  return { learningRate, schedule: { kind: 'piecewiseConstantDecay', params: { boundaries, factors } } }
}
