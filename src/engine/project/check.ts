/** Checks what a project says against the definitions: every issue at once, each with its place and its mend. */
import type { Definition, Family, Param, ShapeParam } from '../define.ts'
import { definitionOf, definitions, filled } from '../definitions.ts'
import { blockOf, terminalsOf } from './blocks.ts'
import { endsOf, entriesOf, inputsOf, orderNodes } from './order.ts'
import type { Issue, ParamValue, Project, ProjectGraph, ProjectNode, Setting } from './project.ts'

/** All that is wrong with a project apart from shapes, which compiling finds. Empty when nothing is. */
export function checkProject(project: Project): Issue[] {
  const { loss, optimizer, metrics, regularizers } = project.training
  return [
    ...checkGraph(project.graph),
    ...checkOutputs(project),
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

/** Loss and metrics that single outputs say apart. */
function checkOutputs({ graph, training }: Project): Issue[] {
  const ends = terminalsOf(graph).outputs
  return Object.entries(training.outputs ?? {}).flatMap(([node, { loss, metrics }]) => {
    const path = `training/outputs/${node}`
    return [
      ...(ends.includes(node)
        ? []
        : [
            error(
              path,
              `There is a loss for ${node}, which is no output of the network; choose one of ${ends.join(', ')}.`,
            ),
          ]),
      ...(loss ? checkSetting('loss', loss, `${path}/loss`, `The loss of ${node}`) : []),
      ...(metrics ?? []).flatMap((metric, index) =>
        checkSetting('metric', metric, `${path}/metrics/${index}`, `A metric of ${node}`),
      ),
    ]
  })
}

function error(path: string, message: string): Issue {
  return { severity: 'error', path, message }
}

function checkGraph(graph: ProjectGraph, inside = 'graph'): Issue[] {
  const issues: Issue[] = []
  const names = new Set<string>()
  for (const node of graph.nodes) {
    const path = `${inside}/${node.name}`
    if (names.has(node.name)) issues.push(error(path, `Two layers are called ${node.name}; rename one of them.`))
    names.add(node.name)
    issues.push(...checkSetting('layer', node, path, node.name))
    if (node.kind === 'block') issues.push(...checkBlock(graph, node, path))
    if (node.sameAs !== undefined) issues.push(...checkSameAs(graph, node, node.sameAs, path))
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
          `${node.name} takes ${arity.max === 0 ? 'no input' : arity.max === 1 ? 'one input' : `at most ${arity.max} inputs`} but has ${count}; remove wires, or join them with Add or Concatenate.`,
        ),
      )
  }
  for (const { from, to } of graph.wires)
    for (const name of [from, to])
      if (!names.has(name))
        issues.push(
          error(inside, `A wire leads from ${from} to ${to}, but there is no layer ${name}; remove the wire.`),
        )
  const { cycle } = orderNodes(graph)
  if (cycle.length > 0)
    issues.push(
      error(
        `${inside}/${cycle[0]}`,
        `${cycle.join(', ')} feed themselves in a circle; remove one of the wires between them.`,
      ),
    )
  if (entriesOf(graph).length === 0)
    issues.push(error(inside, `The ${inside === 'graph' ? 'network' : 'block'} has no Input; add one.`))
  return issues
}

function checkBlock(graph: ProjectGraph, node: ProjectNode, path: string): Issue[] {
  const inner = blockOf(graph, node)
  const issues = node.sameAs === undefined ? checkGraph(inner, path) : []
  const ends = endsOf(inner).map(({ name }) => name)
  if (ends.length > 1)
    issues.push(
      error(
        path,
        `The block ${node.name} ends in ${ends.join(' and ')}; connect all but one of them to a later layer inside it.`,
      ),
    )
  const wanted = entriesOf(inner).length
  const given = inputsOf(graph, node.name).length
  if (wanted !== given)
    issues.push(
      error(
        path,
        `The block ${node.name} has ${wanted} Inputs, but ${given} layers are connected to it; make them as many.`,
      ),
    )
  return issues
}

function checkSameAs(graph: ProjectGraph, node: ProjectNode, original: string, path: string): Issue[] {
  const other = graph.nodes.find(({ name }) => name === original)
  if (other && other.name !== node.name && other.sameAs === undefined && other.kind === node.kind) return []
  return [
    error(
      path,
      `${node.name} is to be ${original} once more, but there is no such ${node.kind} layer; draw it, or give ${node.name} settings of its own.`,
    ),
  ]
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
  const issues = [
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
  const conflict = issues.length === 0 ? definition.conflict?.(filled(definition, setting)) : null
  return conflict ? [error(`${path}/${conflict.param}`, `${owner}: ${definition.title}: ${conflict.message}.`)] : issues
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
      const whole = param.type === 'integer' || (param.type === 'optional' && param.whole === true)
      if (whole && !Number.isInteger(value)) return wrong('give a whole number')
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
    case 'numbers':
      return isNumbers(value) && value.every((each) => inRange(param, each))
        ? []
        : wrong(`give ${rangeOf(param)}, or several in a list`)
    case 'shape':
      return isShape(param, value) ? [] : wrong(`give ${describeShape(param)}`)
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

function isShape({ default: preset, infer, min = 1, length }: ShapeParam, value: ParamValue): boolean {
  if (!isNumbers(value)) return false
  const fits = length === undefined || value.length === length || (value.length === 0 && preset.length === 0)
  return fits && value.every((size) => Number.isInteger(size) && (size >= min || (size === -1 && infer === true)))
}

function describeShape({ default: preset, min = 1, length }: ShapeParam): string {
  const several = `${length === undefined ? '' : `${length} `}whole number${length === 1 ? '' : 's'}`
  return `${several} ${min === 0 ? 'of 0 or more' : `above ${min - 1}`}${length !== undefined && preset.length === 0 ? ', or none' : ''}`
}

function isNumbers(value: ParamValue): value is readonly number[] {
  return Array.isArray(value) && value.every((each: unknown) => typeof each === 'number' && Number.isFinite(each))
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
