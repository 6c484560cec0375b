/** The engine's definitions as forms, palette and badges ask for them. */
import type { Definition, Family, LayerDefinition, Param, Place } from '#engine/define.ts'
import { definitionOf, definitions } from '#engine/definitions.ts'
import type { ParamValue, Setting } from '#engine/project/project.ts'

/** The layers in the order of the palette. */
export const layerDefinitions: readonly LayerDefinition[] = Object.values(definitions.layer)

/** How many wires may come into a layer of this kind; an unknown kind takes one. */
export const arityOf = (kind: string): LayerDefinition['arity'] =>
  definitionOf('layer', kind)?.arity ?? { min: 1, max: 1 }

/** The definitions a setting may be of; regularizers only those that can act at the place. */
export function choices(family: Family, place?: Place): readonly Definition[] {
  if (family !== 'regularizer' || place === undefined) return Object.values(definitions[family])
  return Object.values(definitions.regularizer).filter((regularizer) => regularizer.places.includes(place))
}

/** The value of a parameter, its default where the setting leaves it out. */
export function valueOf(setting: Setting, name: string, param: Param): ParamValue {
  const value = setting.params[name]
  return value === undefined ? param.default : value
}
