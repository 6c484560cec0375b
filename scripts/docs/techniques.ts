/** Which definitions are tried, and how each gets into a network: by its family, group and places, never by a list of names. */
import { compile } from '#engine/compile/compile.ts'
import type { DataShape } from '#engine/compile/program.ts'
import type { Definition, LayerDefinition, Param } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import { IssueError, type ParamValue, type Project, type Setting } from '#engine/project/project.ts'
import { dropped, imageSize, type Network, networks, projectOf, residual, type Step, stepsPerRun } from './networks.ts'

export const familiesTried = ['regularizer', 'constraint', 'layer', 'loss', 'optimizer', 'schedule'] as const
export type TriedFamily = (typeof familiesTried)[number]

type Params = Readonly<Record<string, ParamValue>>

export interface Technique {
  readonly family: TriedFamily
  readonly definition: Definition
}

/** `regularizer/l1`: what a technique is called in files. */
export const idOf = ({ family, definition }: Technique): string => `${family}/${definition.kind}`

const groupsTried: readonly LayerDefinition['group'][] = ['Regularization', 'Augmentation', 'Normalization']

/** Layers that end a branch which another wire goes around. */
const endsBranches = new Set(['stochasticDepth'])

/** All that is tried: what regularizes, and the optimizers and schedules it competes with. */
export function techniques(): readonly Technique[] {
  const { regularizer, constraint, layer, loss, optimizer, schedule } = definitions
  const tried = (family: TriedFamily, all: readonly Definition[]): Technique[] =>
    all.map((definition) => ({ family, definition }))
  return [
    ...tried('regularizer', Object.values(regularizer)),
    ...tried('constraint', Object.values(constraint)),
    ...tried(
      'layer',
      Object.values(layer).filter(({ group }) => groupsTried.includes(group)),
    ),
    ...tried(
      'loss',
      Object.values(loss).filter((each) => each.activation === 'softmax' && searched(each) !== null),
    ),
    ...tried('optimizer', Object.values(optimizer)),
    ...tried('schedule', Object.values(schedule)),
  ]
}

/** The parameter that a search goes over: the first that says where good values lie, and four of these. */
export function searched({
  params,
}: Definition): { readonly param: string; readonly values: readonly number[] } | null {
  for (const [name, param] of Object.entries(params)) {
    if (!('sensible' in param) || !param.sensible) continue
    const [low, high] = param.sensible
    const logarithmic = param.scale === 'log' || (low > 0 && high / low >= 20)
    const whole = param.type === 'integer' || (param.type === 'optional' && param.whole === true)
    const values = [0, 1, 2, 3].map((index) => {
      const value = logarithmic ? low * (high / low) ** (index / 3) : low + ((high - low) * index) / 3
      return whole ? Math.round(value) : Number(value.toPrecision(2))
    })
    return { param: name, values: [...new Set(values)] }
  }
  return null
}

/** What a technique is tried with when nothing is chosen: its defaults, with steps fitted to the run and windows to the images. */
export function presetOf({ family, definition }: Technique): Params {
  return Object.fromEntries(
    Object.entries(definition.params).flatMap(([name, param]): [string, ParamValue][] => {
      const fitted = family === 'schedule' ? stepsOf(name, param) : family === 'layer' ? windowOf(name, param) : null
      return fitted === null ? [] : [[name, fitted]]
    }),
  )
}

/** A number of steps as the length of the run, several as its equal parts; where falls double, three fit if the first is a seventh. */
function stepsOf(name: string, param: Param): ParamValue {
  if (param.type === 'integer' && param.default > 0 && /steps$/i.test(name))
    return name.startsWith('first') ? Math.round(stepsPerRun / 7) : stepsPerRun
  if (param.type !== 'numbers' || param.default.every((step) => step <= stepsPerRun)) return null
  return param.default.map((_, index, all) => Math.round((stepsPerRun * (index + 1)) / (all.length + 1)))
}

/** A window that is larger than the images, as three quarters of them. */
function windowOf(name: string, param: Param): ParamValue {
  return (name === 'height' || name === 'width') && param.type === 'integer' && param.default > imageSize
    ? imageSize * 0.75
    : null
}

/** A table of digits as the compiler sees it. */
const digits: DataShape = { features: 64, classes: 10, targets: 1, counts: Array.from({ length: 10 }, () => 20) }

/** Whether a technique shows each batch to the network more than once, which makes a difference only where something is random. */
const looksTwice = ({ kind }: Definition): boolean => (definitions.regularizer[kind]?.passes ?? 1) > 1

/** The first network that a technique fits into, as a project without a source; else the sentence that says why not. */
export function place(
  technique: Technique,
  params: Params,
): { readonly network: Network; readonly project: Project } | string {
  const fitting = endsBranches.has(technique.definition.kind)
    ? [residual]
    : looksTwice(technique.definition)
      ? [dropped]
      : networks
  const refusals: string[] = []
  for (const network of fitting)
    for (const project of placements(technique, network, { kind: technique.definition.kind, params })) {
      try {
        compile(project, digits)
        return { network, project }
      } catch (error) {
        if (!(error instanceof IssueError)) throw error
        refusals.push(...error.issues.map(({ message }) => message))
      }
    }
  // The shortest says what is in the way, the others that a network is of another kind.
  return refusals.toSorted((a, b) => a.length - b.length)[0] ?? ''
}

/** The ways in which a technique may stand in a network, the likeliest first. */
function placements({ family, definition }: Technique, network: Network, setting: Setting): readonly Project[] {
  const base = projectOf(network, '', 0)
  const { training } = base
  const trained = (changes: Partial<Project['training']>): Project => ({
    ...base,
    training: { ...training, ...changes },
  })
  switch (family) {
    case 'optimizer':
      return [trained({ optimizer: setting })]
    case 'schedule':
      return [
        trained({ optimizer: { ...training.optimizer, params: { ...training.optimizer.params, schedule: setting } } }),
      ]
    case 'loss':
      return [trained({ loss: setting })]
    case 'constraint':
      return [onLayers(network, 'kernelConstraints', setting, ['hidden', 'output'])]
    case 'layer':
      return withLayer(network, definition, setting)
    case 'regularizer': {
      const places = definitions.regularizer[definition.kind]?.places ?? []
      if (places.includes('weight')) return [onLayers(network, 'kernelRegularizers', setting, ['hidden', 'output'])]
      if (places.includes('activity')) return [onLayers(network, 'activityRegularizers', setting, ['hidden'])]
      return [trained({ regularizers: [setting] })]
    }
  }
}

/** The network with a setting on a parameter of its layers of these roles. */
function onLayers(network: Network, param: string, setting: Setting, roles: readonly Step['role'][]): Project {
  const steps = network.steps.map((step) =>
    roles.includes(step.role) ? { ...step, params: { ...step.params, [param]: [setting] } } : step,
  )
  return projectOf({ ...network, steps }, '', 0)
}

/** Augmentation acts on what comes in; all else behind each hidden layer, or behind the first alone where it fits only there. */
function withLayer(network: Network, { kind }: Definition, setting: Setting): readonly Project[] {
  const group = definitions.layer[kind]?.group
  const behind = (chosen: (step: Step, index: number) => boolean): Project => {
    const steps = network.steps.flatMap((step, index): Step[] =>
      chosen(step, index) ? [step, { ...setting, role: 'between' }] : [step],
    )
    return projectOf({ ...network, steps }, '', 0)
  }
  const first = network.steps.findIndex(({ role }) => role === 'hidden')
  const last = network.steps.findLastIndex(({ role }) => role === 'hidden')
  if (group === 'Augmentation') return [behind(({ role }) => role === 'input')]
  if (network.residual) return [behind((_, index) => index === last)]
  return [behind(({ role }) => role === 'hidden'), behind((_, index) => index === first)]
}
