/** How a definition is written in a project file and on the command line. */
import type { Definition, Family, RegularizerDefinition } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import type { ParamValue } from '#engine/project/project.ts'

export interface Usage {
  /** One sentence: where in the project file it stands. */
  readonly place: string
  readonly json: string
  /** Arguments of `espalier train sample:NAME`, where the command line can set it. */
  readonly cli: { readonly sample: string; readonly set: string } | null
}

/** A definition as it is written in a project, with the parameters that one would want to change. */
export function usageOf(family: Family, definition: Definition): Usage {
  const setting = { kind: definition.kind, params: shown(definition) }
  const written = JSON.stringify(setting)
  const within = (outer: string, inner: unknown): string => pretty({ [outer]: inner })
  const set = (path: string, value: unknown, sample = 'digits'): Usage['cli'] => ({
    sample,
    set: `${path}=${JSON.stringify(value)}`,
  })
  switch (family) {
    case 'layer':
      return {
        place: 'Among the `nodes` of the `graph`, with wires to and from it:',
        json: pretty({ name: `${definition.kind}1`, ...setting, position: { x: 0, y: 0 } }),
        cli: null,
      }
    case 'loss': {
      const loss = definitions.loss[definition.kind]
      const sample = loss?.target === 'value' ? 'diabetes' : loss?.target === 'binary' ? 'l1' : 'digits'
      return { place: 'In `training`:', json: within('loss', setting), cli: set('training/loss', setting, sample) }
    }
    case 'metric': {
      const classes = definitions.metric[definition.kind]?.targets.includes('oneHot') ?? false
      return {
        place: 'In `training`:',
        json: within('metrics', [setting]),
        cli: set('training/metrics', [setting], classes ? 'digits' : 'l1'),
      }
    }
    case 'optimizer':
      return { place: 'In `training`:', json: within('optimizer', setting), cli: set('training/optimizer', setting) }
    case 'schedule':
      return {
        place: 'Among the `params` of the `optimizer` in `training`:',
        json: within('schedule', setting),
        cli: set('training/optimizer/schedule', setting),
      }
    case 'initializer':
      return {
        place: 'Among the `params` of a layer, for each of its weights:',
        json: within('kernelInitializer', setting),
        cli: set('graph/dense1/kernelInitializer', setting),
      }
    case 'constraint':
      return {
        place: 'Among the `params` of a layer, for each of its weights:',
        json: within('kernelConstraints', [setting]),
        cli: set('graph/dense1/kernelConstraints', [setting]),
      }
    case 'regularizer':
      return regularizerUsage(definitions.regularizer[definition.kind]?.places ?? [], setting, written)
  }
}

function regularizerUsage(
  places: RegularizerDefinition['places'],
  setting: { readonly kind: string; readonly params: Readonly<Record<string, ParamValue>> },
  written: string,
): Usage {
  if (places.includes('training'))
    return {
      place: 'In `training`:',
      json: pretty({ regularizers: [setting] }),
      cli: { sample: 'digits', set: `training/regularizers=[${written}]` },
    }
  const param = places.includes('weight') ? 'kernelRegularizers' : 'activityRegularizers'
  const both = places.includes('weight') && places.includes('activity')
  return {
    place: `Among the \`params\` of a layer, for each of its weights${both ? ', or as `activityRegularizers` for what it puts out' : ''}:`,
    json: pretty({ [param]: [setting] }),
    cli: { sample: 'digits', set: `graph/dense1/${param}=[${written}]` },
  }
}

/** The defaults of the parameters that say where good values lie or may change while training. */
function shown({ params }: Definition): Readonly<Record<string, ParamValue>> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, param]): [string, ParamValue][] => {
      const worth = ('sensible' in param && param.sensible) || ('live' in param && param.live)
      return worth ? [[name, param.default]] : []
    }),
  )
}

/** JSON on lines of its own, without the braces around it all where it holds one thing. */
function pretty(value: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(value, null, 2)
  if (Object.keys(value).length > 1) return text
  return text.slice(2, -2).replaceAll('\n  ', '\n').trim()
}
