/** Techniques whose work on weights is done: an exported model holds the weights that they made. */
import { definitionOf } from '#engine/definitions.ts'
import { isSettings } from '#engine/project/place.ts'
import type { Issue, ParamValue, Project, ProjectGraph, ProjectNode } from '#engine/project/project.ts'

/** The project without them, and a warning for each; `name` is that of the file. */
export function withoutLasting(
  project: Project,
  name: string,
): { readonly project: Project; readonly warnings: readonly Issue[] } {
  const warnings: Issue[] = []
  const stripped = (path: string, value: ParamValue): ParamValue => {
    if (!isSettings(value)) return value
    return value.filter(({ kind }) => {
      const definition = definitionOf('regularizer', kind)
      if (!definition?.lasting) return true
      warnings.push({
        severity: 'warning',
        path,
        message: `${path.slice('graph/'.length)}: the weights in ${name} are those that ${definition.title} has made, so it is taken out; add it again to go on training with it.`,
      })
      return false
    })
  }
  const node = (prefix: string, { params, block, ...rest }: ProjectNode): ProjectNode => {
    const path = `${prefix}/${rest.name}`
    const own = Object.entries(params).map(([param, value]): [string, ParamValue] => [param, stripped(path, value)])
    return { ...rest, params: Object.fromEntries(own), ...(block ? { block: inner(path, block) } : {}) }
  }
  const inner = (prefix: string, { nodes, wires }: ProjectGraph): ProjectGraph => ({
    nodes: nodes.map((each) => node(prefix, each)),
    wires,
  })
  return { project: { ...project, graph: inner('graph', project.graph) }, warnings }
}
