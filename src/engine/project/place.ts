/** Where a value sits in the project, as issues spell it: `graph/dense1/units`, `training/optimizer/learningRate`. */
import type { OutputSettings, ParamValue, Place, Project, ProjectGraph, ProjectNode, Setting } from './project.ts'

/** Whether a parameter's value is a definition filled in. */
export function isSetting(value: ParamValue | undefined): value is Setting {
  return typeof value === 'object' && value !== null && 'kind' in value
}

/** Whether a parameter's value is a list of settings; an empty list is one, as shapes are never asked about here. */
export function isSettings(value: ParamValue | undefined): value is readonly Setting[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'object')
}

/** A place as issues spell it. */
export const formatPlace = (place: Place): string => place.join('/')

type Values = Readonly<Record<string, ParamValue>>

/** The settings of a run that are values of their own; what single outputs say apart has a form of its own, and so have schedules. */
export function settingsOf({ outputs: _, schedules: __, ...settings }: Project['training']): Values {
  return { ...settings }
}

/** What is written: a value, or nothing, which takes away what stands there. */
type Written = ParamValue | undefined

function write(values: Values, place: Place, value: Written): Values {
  const [key, ...rest] = place
  if (typeof key !== 'string') throw new Error(`${formatPlace(place)} names no setting`)
  const next = rest.length === 0 ? value : writeInside(values[key], rest, value)
  if (next !== undefined) return { ...values, [key]: next }
  const { [key]: _, ...others } = values
  return others
}

function writeInside(current: ParamValue | undefined, place: Place, value: Written): ParamValue {
  if (isSetting(current)) return { ...current, params: write(current.params, place, value) }
  if (isSettings(current)) {
    const [index, ...rest] = place
    return current.flatMap((item, at) => {
      if (at !== Number(index)) return [item]
      if (rest.length > 0) return [{ ...item, params: write(item.params, rest, value) }]
      return isSetting(value) ? [value] : []
    })
  }
  throw new Error(`there is nothing inside ${formatPlace(place)}`)
}

/** A place goes through the blocks around a layer: `block1/dense1/units`. */
function writeLayer(graph: ProjectGraph, [name, ...inside]: Place, value: Written): ProjectGraph {
  const nodes = graph.nodes.map((node): ProjectNode => {
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

function writeOutput(project: Project, node: string, place: Place, value: Written): Project {
  const { outputs = {}, ...training } = project.training
  const { [node]: own = {}, ...others } = outputs
  if (place.length > 0) {
    const settings: OutputSettings = write(valuesOf(own), place, value)
    return { ...project, training: { ...training, outputs: { ...outputs, [node]: settings } } }
  }
  return {
    ...project,
    training: Object.keys(others).length > 0 ? { ...training, outputs: others } : training,
  }
}

/**
 * The project with one value replaced, or taken away where there is none; everything not on the way to it is shared with the
 * old one. Throws when there is no such place.
 */
export function writeAt(project: Project, place: Place, value: ParamValue | undefined): Project {
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
