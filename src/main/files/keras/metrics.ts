/** Keras' metrics. One that Espalier lacks is left out with a warning, because it changes nothing. */
import { definitionOf } from '#engine/definitions.ts'
import type { Issue, Setting } from '#engine/project/project.ts'
import { definitionOfClass, readSetting } from './definition.ts'
import { Fields, key, kerasObject, type KerasObject } from './fields.ts'

/** The metrics in a value that Keras lets be one, a list or a record of them, for an output trained by this loss. */
export function readMetrics(value: unknown, loss: Setting, compiled: Fields): readonly Setting[] {
  const found = listed(value).flatMap((object) => {
    const setting = readMetric(object, loss)
    if (setting) return [setting]
    compiled.warning(`the metric ${object.className} is not supported yet and is left out`, 'metrics')
    return []
  })
  const texts = found.map((setting) => JSON.stringify(setting))
  return found.filter((_, index) => texts.indexOf(texts[index] ?? '') === index)
}

function readMetric(object: KerasObject, loss: Setting): Setting | null {
  const setting = metricOf(object, loss)
  const target = definitionOf('loss', loss.kind)?.target
  const form = target === 'index' ? 'oneHot' : target
  return setting && form && definitionOf('metric', setting.kind)?.targets.includes(form) ? setting : null
}

function metricOf(object: KerasObject, loss: Setting): Setting | null {
  // Bare names stand for what fits the loss.
  if (['acc', 'accuracy'].includes(key(object.className))) return { kind: 'accuracy', params: {} }
  if (['ce', 'crossentropy'].includes(key(object.className))) {
    return definitionOf('metric', loss.kind) ? { kind: loss.kind, params: loss.params } : null
  }
  const issues: Issue[] = []
  const fields = new Fields(object, object.className, 'training/metrics', issues)
  fields.only('dtype', 'float32')
  const definition = definitionOfClass('metric', object.className, object.config)
  // Keras tells classes apart by what is above 0.5, unless it is told otherwise.
  if (definition?.params['threshold'] === undefined) fields.only('threshold', 0.5)
  const setting = readSetting(fields, 'metric')
  return issues.some(({ severity }) => severity === 'error') ? null : setting
}

function listed(value: unknown): readonly KerasObject[] {
  if (value === undefined || value === null) return []
  const object = kerasObject(value)
  if (object) return [object]
  return typeof value === 'object' ? Object.values(value).flatMap(listed) : []
}
