/** Where a value sits in the project, as issues spell it: `graph/dense1/units`, `training/optimizer/learningRate`. */
import type { OutputSettings, ParamValue, Project, ProjectGraph, Setting } from '#engine/project/project.ts'

export type Place = readonly (string | number)[]

export function isSetting(value: ParamValue | undefined): value is Setting {
  return typeof value === 'object' && value !== null && 'kind' in value
}

/** Whether a parameter's value is a list of settings; an empty list is one, as shapes are never asked about here. */
export function isSettings(value: ParamValue | undefined): value is readonly Setting[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'object')
}

export const formatPlace = (place: Place): string => place.join('/')

type Values = Readonly<Record<string, ParamValue>>

/** The settings of a run that are values of their own; what single outputs say apart has a form of its own. */
export function settingsOf({ outputs: _, ...settings }: Project['training']): Values {
  return { ...settings }
}

function write(values: Values, place: Place, value: ParamValue): Values {
  const [key, ...rest] = place
  if (typeof key !== 'string') throw new Error(`${formatPlace(place)} names no setting`)
  return { ...values, [key]: rest.length === 0 ? value : writeInside(values[key], rest, value) }
}

function writeInside(current: ParamValue | undefined, place: Place, value: ParamValue): ParamValue {
  if (isSetting(current)) return { ...current, params: write(current.params, place, value) }
  if (isSettings(current)) {
    const [index, ...rest] = place
    return current.map((item, at) => (at === index ? { ...item, params: write(item.params, rest, value) } : item))
  }
  throw new Error(`there is nothing inside ${formatPlace(place)}`)
}

/** A place goes through the blocks around a layer: `block1/dense1/units`. */
function writeLayer(graph: ProjectGraph, [name, ...inside]: Place, value: ParamValue): ProjectGraph {
  const nodes = graph.nodes.map((node) => {
    if (node.name !== name) return node
    if (node.block) return { ...node, block: writeLayer(node.block, inside, value) }
    return { ...node, params: write(node.params, inside, value) }
  })
  return { ...graph, nodes }
}

/** What an output says apart, as plain values. */
const valuesOf = ({ loss, metrics, weight }: OutputSettings): Values => ({
  ...(loss ? { loss } : {}),
  ...(metrics ? { metrics } : {}),
  ...(weight === undefined ? {} : { weight }),
})

function writeOutput(project: Project, node: string, place: Place, value: ParamValue): Project {
  const { outputs = {} } = project.training
  const settings: OutputSettings = { ...outputs[node], ...write(valuesOf(outputs[node] ?? {}), place, value) }
  return { ...project, training: { ...project.training, outputs: { ...outputs, [node]: settings } } }
}

/** The project with one value replaced; everything not on the way to it is shared with the old one. */
export function writeAt(project: Project, place: Place, value: ParamValue): Project {
  const [root, ...rest] = place
  if (root === 'graph') return { ...project, graph: writeLayer(project.graph, rest, value) }
  if (root === 'training') {
    const [part, node, ...inside] = rest
    if (part === 'outputs') return writeOutput(project, String(node), inside, value)
    return { ...project, training: { ...project.training, ...write(settingsOf(project.training), rest, value) } }
  }
  if (root === 'data') {
    const { columns, source, ...plain } = project.data
    return { ...project, data: { columns, source, ...plain, ...write(plain, rest, value) } }
  }
  throw new Error(`${formatPlace(place)} is no place in a project`)
}
