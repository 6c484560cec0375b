/** The page of one definition, in Markdown. */
import type { Definition, Family, Param } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import type { ParamValue } from '#engine/project/project.ts'
import { usageOf } from './usage.ts'

/** What a page is written from besides its definition. */
export interface PageContext {
  readonly family: Family
  /** What is seen on the definition's picture; null where there is none. */
  readonly picture: { readonly path: string; readonly caption: string } | null
}

const frameworks = { keras: 'Keras', pytorch: 'PyTorch', matlab: 'MATLAB' } as const

const placeWords = { weight: 'weights', activity: 'what layers put out', training: 'the whole run' } as const

/** Title, sentence, formula, picture, parameters, equivalents, usage and source of a definition. */
export function pageOf(definition: Definition, { family, picture }: PageContext): string {
  const { title, doc, formula, reference } = definition
  return [
    `# ${title}`,
    doc,
    `${kindOf(family, definition)} \`${definition.kind}\`. [All definitions](../README.md)`,
    ...(formula === undefined ? [] : ['## Formula', fenced('text', formula)]),
    ...(picture ? ['## Effect', `![${picture.caption}](${picture.path})`, picture.caption] : []),
    ...parametersOf(family, definition),
    ...equivalentsOf(definition),
    ...usageLines(family, definition),
    '## Source',
    linked(reference),
  ]
    .join('\n\n')
    .concat('\n')
}

function kindOf(family: Family, { kind }: Definition): string {
  switch (family) {
    case 'layer':
      return `Layer, group ${definitions.layer[kind]?.group ?? ''},`
    case 'regularizer': {
      const places = definitions.regularizer[kind]?.places ?? []
      return `Regularizer on ${places.map((place) => placeWords[place]).join(' or ')},`
    }
    default:
      return family.slice(0, 1).toUpperCase() + family.slice(1)
  }
}

const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\``

/** Addresses as links. */
const linked = (text: string): string => text.replace(/https?:\/\/[^\s;,)]+/g, (address) => `<${address}>`)

function parametersOf(family: Family, definition: Definition): readonly string[] {
  const all = Object.entries(definition.params)
  if (all.length === 0) return []
  const lines = all.map(([name, param]) =>
    row([
      `\`${name}\``,
      defaultOf(param),
      rangeOf(param),
      sensibleOf(param),
      'unit' in param ? (param.unit ?? '') : '',
      'live' in param && param.live ? 'yes' : '',
      param.doc,
    ]),
  )
  const head = ['Parameter', 'Default', 'Range', 'Sensible', 'Unit', 'Live', 'What it does']
  return [
    '## Parameters',
    [row(head), row(head.map(() => '---')), ...lines].join('\n'),
    ...liveLines(family, definition),
  ]
}

/** How a live parameter is changed while training; nothing where none is live. */
function liveLines(family: Family, { kind, params }: Definition): readonly string[] {
  for (const [name, param] of Object.entries(params)) {
    if (!('live' in param) || !param.live) continue
    const owner = family === 'layer' ? `${kind}1` : family === 'optimizer' ? 'optimizer' : kind
    const start = param.exclusiveMin ? (param.sensible?.[1] ?? param.default * 10) : (param.min ?? 0)
    const schedule = `--schedule ${owner}.${name}=${start}@0..${param.default}@5`
    return [`Live: may be changed while training, in its field, or from epoch to epoch as in \`${schedule}\`.`]
  }
  return []
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

function defaultOf(param: Param): string {
  if (param.type === 'optional' && param.default === null) return param.none
  return valueText(param.default)
}

function valueText(value: ParamValue): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueText).join(', ')
  if (typeof value === 'object' && value !== null && 'kind' in value) return `\`${value.kind}\``
  if (typeof value === 'string') return value === '' ? 'empty' : `\`${value}\``
  return String(value)
}

/** The values allowed, in words. */
function rangeOf(param: Param): string {
  switch (param.type) {
    case 'number':
    case 'integer':
    case 'optional': {
      const { min, max } = param
      const least = min === undefined ? '' : `${param.exclusiveMin ? 'above' : 'from'} ${min}`
      const most = max === undefined ? '' : `${param.exclusiveMax ? 'below' : 'up to'} ${max}`
      return [least, most].filter((part) => part !== '').join(', ')
    }
    case 'choice':
      return param.options.map((option) => `\`${option}\``).join(', ')
    case 'boolean':
      return '`true`, `false`'
    case 'setting':
      return `one ${param.family}`
    case 'settings':
      return `any ${param.family}s`
    case 'shape':
      return 'whole numbers'
    case 'numbers':
      return 'numbers'
    case 'text':
      return 'text'
  }
}

const sensibleOf = (param: Param): string =>
  'sensible' in param && param.sensible ? `${param.sensible[0]} to ${param.sensible[1]}` : ''

function equivalentsOf({ conventions }: Definition): readonly string[] {
  if (!conventions) return []
  const lines = (['keras', 'pytorch', 'matlab'] as const).map((framework) => {
    const text = conventions[framework]
    return `- ${frameworks[framework]}: ${text === undefined ? 'nothing built in.' : ended(text)}`
  })
  return ['## Elsewhere', lines.join('\n')]
}

const ended = (text: string): string => (text.endsWith('.') ? text : `${text}.`)

function usageLines(family: Family, definition: Definition): readonly string[] {
  const { place, json, cli } = usageOf(family, definition)
  const command = cli && `npm run -s espalier -- train sample:${cli.sample} --out model.onnx --set '${cli.set}'`
  return [
    '## Use',
    place,
    fenced('json', json),
    ...(command === null ? [] : ['On the command line:', fenced('sh', command)]),
  ]
}
