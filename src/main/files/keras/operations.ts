/** Functions of keras.ops in a Functional graph, those that a layer does as well. */
import { chosen } from './definition.ts'
import { activationOf } from './activation.ts'
import type { Fields } from './fields.ts'
import { readLayer, type ReadLayer } from './layers.ts'
import { definitionOf } from '#engine/definitions.ts'

/** Functions that take tensors as the layer of the same name does. */
const merges = ['Add', 'Subtract', 'Multiply', 'Maximum', 'Minimum', 'Concatenate']

/** Reads one function; reports one that no layer does and gives null. */
export function readOperation(fields: Fields): ReadLayer | null {
  if (merges.includes(fields.className)) return readLayer(fields)
  fields.ignore('name')
  const activation = definitionOf('layer', 'activation')?.params['activation']
  const kind = activation?.type === 'choice' ? chosen(activation.options, fields.className) : undefined
  const setting =
    activationOf(fields) ?? (kind === undefined ? null : { kind: 'activation', params: { activation: kind } })
  if (!setting) {
    fields.refuse()
    return null
  }
  fields.finish()
  return { setting, after: null, frozen: false }
}
