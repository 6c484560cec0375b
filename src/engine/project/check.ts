/** Checks what a project says against the definitions: every issue at once, each with its place and its mend. */
import type { Definition, Family, Param } from '../define.ts'
import { definitionOf, definitions } from '../definitions.ts'
import { inputsOf, orderNodes } from './order.ts'
import type { Issue, ParamValue, Project, Setting } from './project.ts'

/** All that is wrong with a project apart from shapes, which compiling finds. Empty when nothing is. */
export function checkProject(project: Project): Issue[] {
  const { loss, optimizer, metrics, regularizers } = project.training
  return [
    ...checkGraph(project),
    ...checkSetting('loss', loss, 'training/loss', 'The loss'),
    ...checkSetting('optimizer', optimizer, 'training/optimizer', 'The optimizer'),
    ...metrics.flatMap((metric, index) => checkSetting('metric', metric, `training/metrics/${index}`, 'A metric')),
    ...regularizers.flatMap((regularizer, index) => {
      const path = `training/regularizers/${index}`
      return [
        ...checkSetting('regularizer', regularizer, path, 'The run'),
        ...checkPlace(regularizer, 'training', path, 'The run'),
      ]
    }),
  ]
}

function error(path: string, message: string): Issue {
  return { severity: 'error', path, message }
}

function checkGraph({ graph }: Project): Issue[] {
  const issues: Issue[] = []
  const names = new Set<string>()
  for (const node of graph.nodes) {
    const path = `graph/${node.name}`
    if (names.has(node.name)) issues.push(error(path, `Two layers are called ${node.name}; rename one of them.`))
    names.add(node.name)
    issues.push(...checkSetting('layer', node, path, node.name))
    const arity = definitionOf('layer', node.kind)?.arity
    const count = inputsOf(graph, node.name).length
    if (arity && count < arity.min)
      issues.push(
        error(
          path,
          `${node.name} needs ${arity.min === 1 ? 'an input' : `${arity.min} inputs`}; connect ${count === 0 ? 'a layer' : 'another layer'} to it.`,
        ),
      )
    if (arity && count > arity.max)
      issues.push(
        error(
          path,
          `${node.name} takes ${arity.max === 0 ? 'no input' : 'one input'} but has ${count}; remove wires, or join them with Add or Concatenate.`,
        ),
      )
  }
  for (const { from, to } of graph.wires)
    for (const name of [from, to])
      if (!names.has(name))
        issues.push(
          error('graph', `A wire leads from ${from} to ${to}, but there is no layer ${name}; remove the wire.`),
        )
  const { cycle } = orderNodes(graph)
  if (cycle.length > 0)
    issues.push(
      error(
        `graph/${cycle[0]}`,
        `${cycle.join(', ')} feed themselves in a circle; remove one of the wires between them.`,
      ),
    )
  const inputs = graph.nodes.filter(({ kind }) => kind === 'input')
  if (inputs.length !== 1)
    issues.push(
      error(
        'graph',
        inputs.length === 0
          ? 'The network has no Input; add one.'
          : `The network has ${inputs.length} Inputs (${inputs.map(({ name }) => name).join(', ')}); keep one.`,
      ),
    )
  const outputs = graph.nodes.filter(({ name }) => !graph.wires.some(({ from }) => from === name))
  if (outputs.length > 1)
    issues.push(
      error(
        'graph',
        `The network ends in ${outputs.map(({ name }) => name).join(' and ')}; connect all but one of them to a later layer.`,
      ),
    )
  return issues
}

function checkPlace(setting: Setting, place: 'weight' | 'activity' | 'training', path: string, owner: string): Issue[] {
  const definition = definitionOf('regularizer', setting.kind)
  if (!definition || definition.places.includes(place)) return []
  const where = { weight: 'on a weight', activity: 'on an output', training: 'on the whole run' }
  return [
    error(
      path,
      `${owner}: ${definition.title} does not act ${where[place]}; it acts ${definition.places.map((each) => where[each]).join(' or ')}.`,
    ),
  ]
}

function checkSetting(family: Family, setting: Setting, path: string, owner: string): Issue[] {
  const definition: Definition | undefined = definitionOf(family, setting.kind)
  if (!definition)
    return [
      error(
        path,
        `${owner}: there is no ${family} called "${setting.kind}"; choose one of ${Object.keys(definitions[family]).join(', ')}.`,
      ),
    ]
  const unknown = Object.keys(setting.params).filter((name) => !Object.hasOwn(definition.params, name))
  return [
    ...unknown.map((name) =>
      error(
        `${path}/${name}`,
        `${owner}: ${definition.title} has no setting "${name}"; remove it, or choose one of ${Object.keys(definition.params).join(', ') || 'none'}.`,
      ),
    ),
    ...Object.entries(definition.params).flatMap(([name, param]) => {
      const value = setting.params[name]
      return value === undefined ? [] : checkParam(param, value, `${path}/${name}`, owner)
    }),
  ]
}

/** What is wrong with one parameter's value; `owner` is the layer or technique it belongs to. */
export function checkParam(param: Param, value: ParamValue, path: string, owner: string): Issue[] {
  const wrong = (mend: string): Issue[] => [error(path, `${owner}: ${param.title} is ${show(value)}; ${mend}.`)]
  switch (param.type) {
    case 'number':
    case 'integer':
    case 'optional': {
      if (value === null && param.type === 'optional') return []
      if (typeof value !== 'number' || !Number.isFinite(value)) return wrong('give a number')
      if (param.type === 'integer' && !Number.isInteger(value)) return wrong('give a whole number')
      return inRange(param, value) ? [] : wrong(`give ${rangeOf(param)}`)
    }
    case 'boolean':
      return typeof value === 'boolean' ? [] : wrong('give true or false')
    case 'choice':
      return typeof value === 'string' && param.options.includes(value)
        ? []
        : wrong(`choose one of ${param.options.join(', ')}`)
    case 'text':
      return typeof value === 'string' ? [] : wrong('give a text')
    case 'shape':
      return Array.isArray(value) &&
        value.every(
          (size) =>
            typeof size === 'number' && Number.isInteger(size) && (size > 0 || (size === -1 && param.infer === true)),
        )
        ? []
        : wrong('give whole numbers above 0')
    case 'setting':
      return isSetting(value)
        ? checkSetting(param.family, value, path, owner)
        : wrong(`choose one of ${Object.keys(definitions[param.family]).join(', ')}`)
    case 'settings': {
      if (!isSettings(value)) return wrong('give a list')
      return value.flatMap((each, index) => [
        ...checkSetting(param.family, each, `${path}/${index}`, owner),
        ...(param.place ? checkPlace(each, param.place, `${path}/${index}`, owner) : []),
      ])
    }
  }
}

function isSetting(value: ParamValue): value is Setting {
  return typeof value === 'object' && value !== null && 'kind' in value
}

function isSettings(value: ParamValue): value is readonly Setting[] {
  return (
    Array.isArray(value) && value.every((each: unknown) => typeof each === 'object' && each !== null && 'kind' in each)
  )
}

interface Range {
  readonly min?: number
  readonly max?: number
  readonly exclusiveMin?: boolean
  readonly exclusiveMax?: boolean
}

function inRange(range: Range, value: number): boolean {
  const { min = -Infinity, max = Infinity } = range
  return (range.exclusiveMin ? value > min : value >= min) && (range.exclusiveMax ? value < max : value <= max)
}

/** A parameter's range in words: `a number from 0 to below 1`. */
export function rangeOf(range: Range): string {
  const low = range.min === undefined ? '' : range.exclusiveMin ? `above ${range.min}` : `${range.min}`
  const high = range.max === undefined ? '' : range.exclusiveMax ? `below ${range.max}` : `${range.max}`
  if (low && high) return range.exclusiveMin ? `a number ${low} up to ${high}` : `a number from ${low} to ${high}`
  if (low) return range.exclusiveMin ? `a number ${low}` : `a number of at least ${low}`
  return high ? `a number of at most ${high}` : 'a number'
}

function show(value: ParamValue): string {
  return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : JSON.stringify(value)
}
