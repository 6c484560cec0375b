/** Keras' losses and metrics. */
import type { Setting } from '#engine/project/project.ts'
import { Fields, key, kerasObject, type KerasObject } from './fields.ts'

export interface ReadLoss {
  readonly loss: Setting
  /** Label smoothing, which Keras keeps inside the loss. */
  readonly regularizers: readonly Setting[]
}

/** The one thing in a value that may also hold it in a list or a record of one, as models with one output have it. */
function single(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || kerasObject(value)) return value
  const inner = Object.values(value)
  return inner.length === 1 ? single(inner[0]) : value
}

/** The loss of a compiled model; null when it has none, and when it has one that is reported. */
export function readLoss(compiled: Fields): ReadLoss | null {
  const value = single(compiled.raw('loss'))
  if (value === undefined || value === null) return null
  const object = kerasObject(value)
  if (!object) {
    compiled.error('several losses are not supported yet', 'loss')
    return null
  }
  const fields = new Fields(object, `Loss ${object.className}`, 'training/loss', compiled.issues)
  const read = lossOf(fields)
  if (!read) {
    fields.refuse()
    return null
  }
  fields.ignore('name')
  fields.only('dtype', 'float32')
  fields.only('reduction', 'sum_over_batch_size')
  fields.finish()
  return read
}

function lossOf(fields: Fields): ReadLoss | null {
  switch (key(fields.className)) {
    case 'bce':
    case 'binarycrossentropy':
      return crossentropy(fields, 'binaryCrossentropy')
    case 'categoricalcrossentropy':
      return crossentropy(fields, 'categoricalCrossentropy')
    case 'sparsecategoricalcrossentropy':
      fields.only('ignore_class')
      return crossentropy(fields, 'sparseCategoricalCrossentropy')
    case 'mse':
    case 'meansquarederror':
      return { loss: { kind: 'meanSquaredError', params: {} }, regularizers: [] }
    case 'mae':
    case 'meanabsoluteerror':
      return { loss: { kind: 'meanAbsoluteError', params: {} }, regularizers: [] }
    case 'huber':
      // Keras 3 forgets delta when it saves a Huber loss.
      if (fields.raw('delta') === undefined && fields.raw('reduction') !== undefined) {
        fields.warning('Keras does not save delta, so it is taken to be 1; set it if the model used another', 'delta')
      }
      return { loss: { kind: 'huber', params: { delta: fields.number('delta', 1) } }, regularizers: [] }
    default:
      return null
  }
}

function crossentropy(fields: Fields, kind: string): ReadLoss {
  fields.only('axis', -1)
  const amount = fields.number('label_smoothing', 0)
  return {
    loss: { kind, params: { fromLogits: fields.flag('from_logits', false) } },
    regularizers: amount > 0 ? [{ kind: 'labelSmoothing', params: { amount } }] : [],
  }
}

const metrics: Readonly<Record<string, string>> = {
  acc: 'accuracy',
  accuracy: 'accuracy',
  binaryaccuracy: 'accuracy',
  categoricalaccuracy: 'accuracy',
  sparsecategoricalaccuracy: 'accuracy',
  mae: 'meanAbsoluteError',
  meanabsoluteerror: 'meanAbsoluteError',
  mse: 'meanSquaredError',
  meansquarederror: 'meanSquaredError',
}

/** The metrics of a compiled model; one that Espalier lacks is left out with a warning: it changes nothing. */
export function readMetrics(compiled: Fields): Setting[] {
  // Without weights of rows, which Espalier has none of, weighted metrics are metrics.
  const objects = ['metrics', 'weighted_metrics'].flatMap((name) => listed(compiled.raw(name)))
  const kinds = objects.flatMap((object) => {
    const kind = metrics[key(object.className)]
    const threshold = object.config.threshold ?? 0.5
    if (kind !== undefined && threshold === 0.5) return [kind]
    compiled.warning(`the metric ${object.className} is not supported yet and is left out`, 'metrics')
    return []
  })
  return [...new Set(kinds)].map((kind) => ({ kind, params: {} }))
}

function listed(value: unknown): KerasObject[] {
  if (value === undefined || value === null) return []
  const object = kerasObject(value)
  if (object) return [object]
  return typeof value === 'object' ? Object.values(value).flatMap(listed) : []
}
