/** Checks what a project says against the definitions: every issue at once, each with its place and its mend. */
import type { Definition, Family, Param, ShapeParam } from '../define.ts'
import { definitionOf, definitions, filled } from '../definitions.ts'
import { blockOf, terminalsOf } from './blocks.ts'
import { downstream } from './drawing.ts'
import { removeMend, restoreMend, setMend } from './mend.ts'
import { endsOf, entriesOf, inputsOf, orderNodes } from './order.ts'
import { formatPlace, isSetting, isSettings } from './place.ts'
import type { Issue, Mend, ParamValue, Place, Project, ProjectGraph, ProjectNode, Setting, Wire } from './project.ts'

/** All that is wrong with a project apart from shapes, which compiling finds. Empty when nothing is. */
export function checkProject(project: Project): Issue[] {
  const { loss, optimizer, metrics, regularizers } = project.training
  return [
    ...checkGraph(project.graph),
    ...checkOutputs(project),
    ...checkSchedules(project.training),
    ...checkSetting('loss', loss, ['training', 'loss'], 'The loss'),
    ...checkSetting('optimizer', optimizer, ['training', 'optimizer'], 'The optimizer'),
    ...metrics.flatMap((metric, index) =>
      checkSetting('metric', metric, ['training', 'metrics', index], 'A metric', true),
    ),
    ...regularizers.flatMap((regularizer, index) => {
      const place = ['training', 'regularizers', index]
      return [
        ...checkSetting('regularizer', regularizer, place, 'The run', true),
        ...checkPlace(regularizer, 'training', place, 'The run'),
      ]
    }),
    ...checkAlone(regularizers),
  ]
}

/** Hooks that only one technique of a run can fill, and what it does there. */
const alone = [
  ['perturb', 'where the gradient is taken'],
  ['order', 'which rows an epoch has'],
  ['synthesize', 'which rows are added'],
] as const

/** Techniques of which each would undo what the other does. */
function checkAlone(regularizers: readonly Setting[]): Issue[] {
  return alone.flatMap(([hook, what]) => {
    const all = regularizers.flatMap(({ kind }, index) => {
      const definition = definitionOf('regularizer', kind)
      return definition?.[hook] ? [{ title: definition.title, place: ['training', 'regularizers', index] }] : []
    })
    const [first, ...others] = all
    return others.map(({ title, place }) =>
      error(
        place,
        `The run: ${title} says ${what}, and so does ${first?.title ?? title} before it; remove one of them.`,
        removeMend(title, place),
      ),
    )
  })
}

/** Schedules have points that follow each other, the first of which no line leads to. */
function checkSchedules({ schedules = {} }: Project['training']): Issue[] {
  return Object.entries(schedules).flatMap(([name, points]) => {
    const place = ['training', 'schedules', name]
    const late = points.find(({ epoch }, index) => epoch <= (points[index - 1]?.epoch ?? -1))
    if (points.length === 0)
      return [error(place, `The schedule of ${name} has no points; give one, or remove the schedule.`)]
    if (late)
      return [
        error(place, `The schedule of ${name} goes back to epoch ${late.epoch}; put its points in the order of time.`),
      ]
    return points[0]?.ramp
      ? [error(place, `The schedule of ${name} begins with a line from nowhere; give it a point to begin at.`)]
      : []
  })
}

/** Loss and metrics that single outputs say apart. */
function checkOutputs({ graph, training }: Project): Issue[] {
  const ends = terminalsOf(graph).outputs
  return Object.entries(training.outputs ?? {}).flatMap(([node, { loss, metrics }]) => {
    const place = ['training', 'outputs', node]
    return [
      ...(ends.includes(node)
        ? []
        : [
            error(
              place,
              `There is a loss for ${node}, which is no output of the network; choose one of ${ends.join(', ')}.`,
              removeMend(`what is set for ${node}`, place),
            ),
          ]),
      ...(loss ? checkSetting('loss', loss, [...place, 'loss'], `The loss of ${node}`) : []),
      ...(metrics ?? []).flatMap((metric, index) =>
        checkSetting('metric', metric, [...place, 'metrics', index], `A metric of ${node}`, true),
      ),
    ]
  })
}

function error(place: Place, message: string, mend: Mend | null = null): Issue {
  return { severity: 'error', path: formatPlace(place), message, ...(mend ? { mend } : {}) }
}

function checkGraph(graph: ProjectGraph, inside: Place = ['graph']): Issue[] {
  const issues: Issue[] = []
  const names = new Set<string>()
  for (const node of graph.nodes) {
    const place = [...inside, node.name]
    if (names.has(node.name)) issues.push(error(place, `Two layers are called ${node.name}; rename one of them.`))
    names.add(node.name)
    issues.push(...checkSetting('layer', node, place, node.name))
    if (node.kind === 'block') issues.push(...checkBlock(graph, node, place))
    if (node.sameAs !== undefined) issues.push(...checkSameAs(graph, node, node.sameAs, place))
    issues.push(...checkArity(graph, node, place))
  }
  for (const { from, to } of graph.wires)
    for (const name of [from, to])
      if (!names.has(name))
        issues.push(
          error(
            inside,
            `A wire leads from ${from} to ${to}, but there is no layer ${name}; remove the wire.`,
            cutMend(inside, [{ from, to }]),
          ),
        )
  const { cycle } = orderNodes(graph)
  if (cycle.length > 0)
    issues.push(
      error(
        [...inside, cycle[0] ?? ''],
        `${cycle.join(', ')} feed themselves in a circle; remove one of the wires between them.`,
        circleMend(graph, inside),
      ),
    )
  if (entriesOf(graph).length === 0)
    issues.push(
      error(
        inside,
        `The ${inside.length === 1 ? 'network' : 'block'} has no Input; add one.`,
        inputMend(graph, inside),
      ),
    )
  return issues
}

function checkArity(graph: ProjectGraph, node: ProjectNode, place: Place): Issue[] {
  const arity = definitionOf('layer', node.kind)?.arity
  // A wire from nowhere is told apart.
  const count = inputsOf(graph, node.name).filter((from) => graph.nodes.some(({ name }) => name === from)).length
  if (arity && count < arity.min)
    return [
      error(
        place,
        `${node.name} needs ${arity.min === 1 ? 'an input' : `${arity.min} inputs`}; connect ${count === 0 ? 'a layer' : 'another layer'} to it.`,
        arity.min - count === 1 ? connectMend(graph, node.name, place) : null,
      ),
    ]
  if (arity && count > arity.max)
    return [
      error(
        place,
        `${node.name} takes ${arity.max === 0 ? 'no input' : arity.max === 1 ? 'one input' : `at most ${arity.max} inputs`} but has ${count}; remove wires, or join them with Add or Concatenate.`,
        arity.max === 0
          ? cutMend(
              place.slice(0, -1),
              graph.wires.filter(({ to }) => to === node.name),
            )
          : arity.max === 1
            ? joinMend(place, count)
            : null,
      ),
    ]
  return []
}

/** The name a layer of this part of the network has in the open network. */
const openName = (inside: Place, name: string): string => [...inside.slice(1), name].join('/')

/** Connects the one layer that ends the network and does not come after this one. */
function connectMend(graph: ProjectGraph, to: string, place: Place): Mend | null {
  const later = downstream(graph.wires, to)
  const [from, ...others] = endsOf(graph).filter(({ name }) => name !== to && !later.has(name))
  const inside = place.slice(0, -1)
  if (entriesOf(graph).length === 0) return inputMend(graph, inside)
  if (!from || others.length > 0) return null
  return {
    title: `Connect ${from.name} to ${to}`,
    edits: [{ edit: 'connect', from: openName(inside, from.name), to: openName(inside, to) }],
  }
}

/** Lets a Concatenate join what comes into a layer. */
const joinMend = (place: Place, count: number): Mend => ({
  title: `Join them with Concatenate`,
  edits: [
    {
      edit: 'insert',
      layer: { kind: 'concatenate', params: {} },
      to: place.slice(1).join('/'),
      inputs: Array.from({ length: count }, (_, index) => index),
    },
  ],
})

const cutMend = (inside: Place, wires: readonly Wire[]): Mend => ({
  title: `Remove the wire${wires.length > 1 ? 's' : ''} from ${wires.map(({ from }) => from).join(', ')} to ${wires[0]?.to ?? ''}`,
  edits: wires.map(({ from, to }) => ({
    edit: 'disconnect',
    from: openName(inside, from),
    to: openName(inside, to),
  })),
})

/** Removes the wire drawn last of those without which nothing feeds itself. */
function circleMend({ nodes, wires }: ProjectGraph, inside: Place): Mend | null {
  const closing = wires.findLast(
    (wire) => orderNodes({ nodes, wires: wires.filter((other) => other !== wire) }).cycle.length === 0,
  )
  return closing ? cutMend(inside, [closing]) : null
}

/** An Input before the one layer that nothing leads to. */
function inputMend({ nodes, wires }: ProjectGraph, inside: Place): Mend | null {
  const [first, ...others] = nodes.filter(({ name }) => !wires.some(({ to }) => to === name))
  if (!first || others.length > 0) return null
  const to = openName(inside, first.name)
  return {
    title: `Insert Input before ${to}`,
    edits: [{ edit: 'insert', layer: { kind: 'input', params: {} }, to, inputs: [] }],
  }
}

function checkBlock(graph: ProjectGraph, node: ProjectNode, place: Place): Issue[] {
  const inner = blockOf(graph, node)
  const issues = node.sameAs === undefined ? checkGraph(inner, place) : []
  const ends = endsOf(inner).map(({ name }) => name)
  if (ends.length > 1)
    issues.push(
      error(
        place,
        `The block ${node.name} ends in ${ends.join(' and ')}; connect all but one of them to a later layer inside it.`,
      ),
    )
  const wanted = entriesOf(inner).length
  const given = inputsOf(graph, node.name).length
  if (wanted !== given)
    issues.push(
      error(
        place,
        `The block ${node.name} has ${wanted} Inputs, but ${given} layers are connected to it; make them as many.`,
      ),
    )
  return issues
}

function checkSameAs(graph: ProjectGraph, node: ProjectNode, original: string, place: Place): Issue[] {
  const other = graph.nodes.find(({ name }) => name === original)
  if (other && other.name !== node.name && other.sameAs === undefined && other.kind === node.kind) return []
  return [
    error(
      place,
      `${node.name} is to be ${original} once more, but there is no such ${node.kind} layer; draw it, or give ${node.name} settings of its own.`,
      {
        title: `Give ${node.name} settings of its own`,
        edits: [{ edit: 'separate', node: place.slice(1).join('/') }],
      },
    ),
  ]
}

function checkPlace(setting: Setting, where: 'weight' | 'activity' | 'training', place: Place, owner: string): Issue[] {
  const definition = definitionOf('regularizer', setting.kind)
  if (!definition || definition.places.includes(where)) return []
  const words = { weight: 'on a weight', activity: 'on an output', training: 'on the whole run' }
  return [
    error(
      place,
      `${owner}: ${definition.title} does not act ${words[where]}; it acts ${definition.places.map((each) => words[each]).join(' or ')}.`,
      removeMend(definition.title, place),
    ),
  ]
}

/** `listed` settings are one of several in a list, which can do without them. */
function checkSetting(family: Family, setting: Setting, place: Place, owner: string, listed = false): Issue[] {
  const definition: Definition | undefined = definitionOf(family, setting.kind)
  if (!definition)
    return [
      error(
        place,
        `${owner}: there is no ${family} called "${setting.kind}"; choose one of ${Object.keys(definitions[family]).join(', ')}.`,
        listed ? removeMend(setting.kind, place) : null,
      ),
    ]
  const unknown = Object.keys(setting.params).filter((name) => !Object.hasOwn(definition.params, name))
  const issues = [
    ...unknown.map((name) =>
      error(
        [...place, name],
        `${owner}: ${definition.title} has no setting "${name}"; remove it, or choose one of ${Object.keys(definition.params).join(', ') || 'none'}.`,
        removeMend(name, [...place, name]),
      ),
    ),
    ...Object.entries(definition.params).flatMap(([name, param]) => {
      const value = setting.params[name]
      return value === undefined ? [] : checkParam(param, value, [...place, name], owner)
    }),
  ]
  const conflict = issues.length === 0 ? definition.conflict?.(filled(definition, setting)) : null
  if (!conflict) return issues
  const { param, message, mend } = conflict
  return [
    error(
      [...place, param],
      `${owner}: ${definition.title}: ${message}.`,
      mend === undefined ? null : setMend(definition, place, param, mend),
    ),
  ]
}

/** What is wrong with one parameter's value; `owner` is the layer or technique it belongs to. */
export function checkParam(param: Param, value: ParamValue, place: Place, owner: string): Issue[] {
  const wrong = (way: string): Issue[] => [
    error(place, `${owner}: ${param.title} is ${show(value)}; ${way}.`, restoreMend(param, place)),
  ]
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
        ? checkSetting(param.family, value, place, owner)
        : wrong(`choose one of ${Object.keys(definitions[param.family]).join(', ')}`)
    case 'settings': {
      if (!isSettings(value)) return wrong('give a list')
      return value.flatMap((each, index) => [
        ...checkSetting(param.family, each, [...place, index], owner, true),
        ...(param.place ? checkPlace(each, param.place, [...place, index], owner) : []),
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
