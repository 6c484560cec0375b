/** The settings that several layers have in common. */
import type { Param } from '#engine/define.ts'
import { definitionOf } from '#engine/definitions.ts'
import type { ParamValue, ProjectNode } from '#engine/project/project.ts'
import { valueOf } from '../definitions.ts'

export interface SharedParam {
  readonly name: string
  /** As the first layer declares it. */
  readonly param: Param
  /** Of each layer, in their order. */
  readonly values: readonly ParamValue[]
  readonly isSame: boolean
}

/** What a parameter takes, whatever its default and description are. */
function formOf({ doc: _, default: __, ...form }: Param): string {
  return JSON.stringify(form)
}

/** The parameters that all these layers have by the same name and of the same form, in the order of the first. */
export function sharedParams(nodes: readonly ProjectNode[]): readonly SharedParam[] {
  const declared = nodes.map(({ kind }) => definitionOf('layer', kind)?.params ?? {})
  return Object.entries(declared[0] ?? {}).flatMap(([name, param]): SharedParam[] => {
    const isShared = declared.every((params) => params[name] !== undefined && formOf(params[name]) === formOf(param))
    if (!isShared) return []
    const values = nodes.map((node, at) => valueOf(node, name, declared[at]?.[name] ?? param))
    const isSame = values.every((value) => JSON.stringify(value) === JSON.stringify(values[0]))
    return [{ name, param, values, isSame }]
  })
}
