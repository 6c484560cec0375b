/** How forms change settings: of one layer, or of all that are selected. */
import { formatPlace, writeAt } from '#engine/project/place.ts'
import type { ParamValue, Place, Project, ProjectNode } from '#engine/project/project.ts'
import { originalOf } from '#engine/project/sharing.ts'
import { graphAt } from '../state/blocks.ts'
import { documentState } from '../state/document.svelte.ts'
import { selection } from '../state/selection.svelte.ts'
import { view } from '../state/view.svelte.ts'

/** The selected layers, each once: of those that are another once more, that other. */
export function selectedLayers(): readonly ProjectNode[] {
  const nodes = selection.nodes.flatMap((name) => view.node(name) ?? [])
  return [...new Set(nodes.map((node) => originalOf(view.graph, node)))]
}

/** The project with the setting of a layer, whole as it is now, given to other layers too. */
function spread(
  project: Project,
  path: readonly string[],
  from: string,
  param: string,
  to: readonly string[],
): Project {
  const value = graphAt(project.graph, path).nodes.find(({ name }) => name === from)?.params[param]
  if (value === undefined) return project
  return to.reduce((before, name) => writeAt(before, ['graph', ...path, name, param], value), project)
}

/** Gives the setting at a place this value. Where several layers are selected the place is that of the first, and all get it. */
export function setParam(place: Place, value: ParamValue): void {
  const { path } = view
  const [name, param] = place.slice(1 + path.length)
  const layers = place[0] === 'graph' && selection.nodes.length > 1 ? selectedLayers() : []
  const others = layers.flatMap((layer) => (layer.name === name ? [] : [layer.name]))
  documentState.edit((project) => {
    const changed = writeAt(project, place, value)
    return others.length > 0 ? spread(changed, path, String(name), String(param), others) : changed
  }, formatPlace(place))
}
