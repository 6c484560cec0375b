/** Keras' losses, with the label smoothing that Keras keeps inside them. */
import type { Setting } from '#engine/project/project.ts'
import { definitionOfClass, readParams } from './definition.ts'
import { Fields, type KerasObject } from './fields.ts'

export interface ReadLoss {
  readonly loss: Setting
  /** Share of the even guess in each target. */
  readonly smoothing: number
}

/** A loss; null when Espalier lacks it, which is reported. */
export function readLoss(object: KerasObject, compiled: Fields): ReadLoss | null {
  const fields = new Fields(object, `Loss ${object.className}`, 'training/loss', compiled.issues)
  const definition = definitionOfClass('loss', object.className)
  if (!definition) {
    fields.refuse()
    return null
  }
  // Keras forgets delta when it saves a Huber loss.
  if (definition.kind === 'huber' && !fields.has('delta') && fields.has('reduction')) {
    fields.warning('Keras does not save delta, so it is taken to be 1; set it if the model used another', 'delta')
  }
  const params = readParams(fields, definition)
  const smoothing = fields.number('label_smoothing', 0)
  fields.ignore('name')
  fields.only('dtype', 'float32')
  fields.only('reduction', 'sum_over_batch_size', 'mean', 'mean_with_sample_weight')
  fields.finish()
  return { loss: { kind: definition.kind, params }, smoothing }
}
