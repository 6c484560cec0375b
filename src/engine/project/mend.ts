/** Mends: how they are said, and a project with one applied. */
import type { Definition, LayerMend, LossDefinition, Param } from '../define.ts'
import { definitionOf } from '../definitions.ts'
import { appendAfter, insertBefore } from './drawing.ts'
import { followTerminals } from './follow.ts'
import { isSetting, writeAt } from './place.ts'
import type {
  ColumnChoice,
  Edit,
  Mend,
  ParamValue,
  Place,
  Project,
  ProjectGraph,
  ProjectNode,
  Setting,
} from './project.ts'
import { independent, originalOf } from './sharing.ts'

/**
 * The project with the mend applied: layers it adds have names of their own, a place on the canvas and wires, and settings of
 * outputs and columns follow. An edit of a layer that is not there any more changes nothing.
 */
export function applyMend(project: Project, { edits }: Mend): Project {
  return followTerminals(
    project,
    edits.reduce((before, edit) => apply(before, edit), project),
  )
}

function apply(project: Project, edit: Edit): Project {
  const drawn = (node: string, change: (graph: ProjectGraph, name: string) => ProjectGraph): Project => ({
    ...project,
    graph: inside(project.graph, node.split('/'), change),
  })
  switch (edit.edit) {
    case 'set':
      return writeAt(project, originalPlace(project, edit.place), edit.value)
    case 'remove':
      return writeAt(project, originalPlace(project, edit.place), undefined)
    case 'insert':
      return drawn(edit.to, (graph, name) => insertBefore(graph, edit.layer, name, edit.inputs).graph)
    case 'append':
      return drawn(edit.after, (graph, name) => appendAfter(graph, edit.layers, name))
    case 'connect':
      return drawn(edit.to, ({ nodes, wires }, to) => ({ nodes, wires: [...wires, { from: lastOf(edit.from), to }] }))
    case 'disconnect':
      return drawn(edit.to, ({ nodes, wires }, to) => ({
        nodes,
        wires: wires.filter((wire) => wire.from !== lastOf(edit.from) || wire.to !== to),
      }))
    case 'separate':
      return { ...project, graph: separated(project.graph, edit.node.split('/')) }
    case 'column': {
      const { [edit.column]: before, ...others } = project.data.columns
      const columns = edit.choice ? { ...others, [edit.column]: { ...before, ...edit.choice } } : others
      return { ...project, data: { ...project.data, columns } }
    }
  }
}

const lastOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1)

/** The network with the part of it changed that holds this layer: inside the blocks around it, or those they are once more. */
function inside(
  graph: ProjectGraph,
  [name = '', ...rest]: readonly string[],
  change: (graph: ProjectGraph, name: string) => ProjectGraph,
): ProjectGraph {
  if (rest.length === 0) return change(graph, name)
  const original = firstOf(graph, name)
  const nodes = graph.nodes.map((node): ProjectNode =>
    node.name === original && node.block ? { ...node, block: inside(node.block, rest, change) } : node,
  )
  return { ...graph, nodes }
}

/** The network with settings of its own for a layer that is another once more, or for the block around it that is. */
function separated(graph: ProjectGraph, [name = '', ...rest]: readonly string[]): ProjectGraph {
  const nodes = graph.nodes.map((node): ProjectNode => {
    if (node.name !== name) return node
    if (node.sameAs !== undefined) return independent(node, originalOf(graph, node))
    return node.block ? { ...node, block: separated(node.block, rest) } : node
  })
  return { ...graph, nodes }
}

/** A place in a layer that is another once more is that of the other. */
function originalPlace({ graph }: Project, place: Place): Place {
  const [root, ...rest] = place
  return root === 'graph' ? [root, ...originalWay(graph, rest)] : place
}

function originalWay(graph: ProjectGraph, [name, ...rest]: Place): Place {
  const original = firstOf(graph, String(name))
  const block = graph.nodes.find((node) => node.name === original)?.block
  return [original, ...(block ? originalWay(block, rest) : rest)]
}

function firstOf(graph: ProjectGraph, name: string): string {
  const node = graph.nodes.find((other) => other.name === name)
  return node ? originalOf(graph, node).name : name
}

/** Where a layer's setting sits in the project, from the layer's name in the open network. */
export const layerPlace = (node: string, ...inside: Place): Place => ['graph', ...node.split('/'), ...inside]

/** Several mends in one. */
export function together(...mends: readonly (Mend | null)[]): Mend {
  const known = mends.filter((mend) => mend !== null)
  return {
    title: known.map(({ title }, index) => (index === 0 ? title : lowered(title))).join(', '),
    edits: known.flatMap(({ edits }) => edits),
  }
}

/** Gives a parameter of a setting another value; `place` is that of the setting, `owner` is named where it is not plain. */
export function setMend(
  definition: Definition,
  place: Place,
  param: string,
  value: ParamValue,
  owner: string | null = null,
): Mend {
  const title = lowered(definition.params[param]?.title ?? param)
  return {
    title: `Set ${title}${owner === null ? '' : ` of ${owner}`} to ${formatValue(value)}`,
    edits: [{ edit: 'set', place: [...place, param], value }],
  }
}

/** Takes away what is at a place: a setting from its list, an unknown parameter. */
export const removeMend = (what: string, place: Place): Mend => ({
  title: `Remove ${what}`,
  edits: [{ edit: 'remove', place }],
})

/** Gives a parameter its default again. */
export const restoreMend = (param: Param, place: Place): Mend => ({
  title: `Set ${lowered(param.title)} to ${formatValue(param.default)}, its default`,
  edits: [{ edit: 'remove', place }],
})

/** Puts a layer before another, over one of its inputs. */
export const insertMend = (layer: Setting, to: string, input: number): Mend => ({
  title: `Insert ${described(layer)} before ${to}`,
  edits: [{ edit: 'insert', layer, to, inputs: [input] }],
})

/** What a layer says would mend it, as a mend of the project; `node` is its name in the open network. */
export function layerMend(definition: Definition, node: string, { set = {}, before = {} }: LayerMend): Mend {
  const inputs = Object.entries(before)
  return together(
    ...inputs.map(([input, layer]) => insertMend(layer, node, Number(input))),
    ...Object.entries(set).map(([param, value]) =>
      value === undefined ? null : setMend(definition, layerPlace(node), param, value),
    ),
  )
}

/** Chooses something for columns; `title` says what. */
export const columnMend = (title: string, columns: readonly string[], choice: ColumnChoice | null): Mend => ({
  title,
  edits: columns.map((column) => ({ edit: 'column', column, choice })),
})

/** Chooses another loss, for all outputs or for the one at this place. */
export function lossMend(loss: LossDefinition, place: Place): Mend {
  return {
    title: `Use ${lowered(loss.title)}`,
    edits: [{ edit: 'set', place: [...place, 'loss'], value: { kind: loss.kind, params: {} } }],
  }
}

/** A layer with what is set of it: `Reshape (shape 8, 8, 1)`. */
function described({ kind, params }: Setting): string {
  const definition = definitionOf('layer', kind)
  const set = Object.entries(params).map(
    ([param, value]) => `${lowered(definition?.params[param]?.title ?? param)} ${formatValue(value)}`,
  )
  return `${definition?.title ?? kind}${set.length > 0 ? ` (${set.join('; ')})` : ''}`
}

/** Titles begin with a capital, except where it is part of the name: `L2`, `KL divergence`. */
const lowered = (title: string): string => title.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase())

/** A value as people read it: `8, 8, 1`. */
function formatValue(value: ParamValue): string {
  if (value === null || value === '') return 'none'
  if (Array.isArray(value)) return value.map((each: ParamValue) => formatValue(each)).join(', ') || 'none'
  return isSetting(value) ? value.kind : String(value)
}
