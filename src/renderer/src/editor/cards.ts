/** What a layer's card on the canvas says, derived from its definition. */
import type { Definition, Param } from '#engine/define.ts'
import { definitionOf } from '#engine/definitions.ts'
import { isSettings } from '#engine/project/place.ts'
import type { ParamValue, Place, ProjectNode, Setting } from '#engine/project/project.ts'
import { valueOf } from '../definitions.ts'
import { formatExact } from '../ui/numbers.ts'

export interface Badge {
  readonly text: string
  /** The whole of it, for the tooltip: `Kernel regularization: L1, strength 0.01`. */
  readonly title: string
  /** Finds the colour of its penalty. */
  readonly setting: Setting
  /** Where its form is, inside the layer. */
  readonly place: Place
}

/** A definition's numbers in short: `0.01`, or `0.01 · 0.02`. */
function numbersOf(definition: Definition, setting: Setting): string {
  return Object.entries(definition.params)
    .map(([name, param]) => valueOf(setting, name, param))
    .filter((value) => typeof value === 'number')
    .map(formatExact)
    .join(' · ')
}

/** Groups of layers that are regularizers themselves. */
const regularizing: readonly string[] = ['Regularization', 'Augmentation']
/** How many of its numbers a layer shows as badges; the inspector has them all. */
const shown = 2

/** A badge for every regularizer that hangs on the layer, and some for a layer that is a regularizer itself. */
export function badgesOf(node: ProjectNode): Badge[] {
  const layer = definitionOf('layer', node.kind)
  if (!layer) return []
  const own = regularizing.includes(layer.group)
    ? Object.entries(layer.params)
        .flatMap(([name, param]): Badge[] => {
          const value = valueOf(node, name, param)
          if (typeof value !== 'number') return []
          const text = `${param.title.toLowerCase()} ${formatExact(value)}`
          return [{ text, title: `${layer.title}: ${text}`, setting: node, place: [name] }]
        })
        .slice(0, shown)
    : []
  const attached = Object.entries(layer.params).flatMap(([name, param]) => {
    const settings = valueOf(node, name, param)
    if (param.type !== 'settings' || !isSettings(settings)) return []
    return settings.flatMap((setting, at): Badge[] => {
      const definition = definitionOf(param.family, setting.kind)
      if (!definition) return []
      const text = `${definition.title} ${numbersOf(definition, setting)}`.trim()
      return [{ text, title: `${param.title}: ${text}`, setting, place: [name, at] }]
    })
  })
  return [...own, ...attached]
}

/** Whether a parameter says anything that the layer's title does not: its first number or sizes do, others off their default. */
const isTelling = (param: Param, value: ParamValue, first: boolean): boolean =>
  first || String(value) !== String(param.default)

/** What the layer does in a few words: `64 · relu`, `32 · 3 × 3 · same`. */
export function summaryOf(node: ProjectNode): string {
  const layer = definitionOf('layer', node.kind)
  if (!layer) return node.kind
  if (regularizing.includes(layer.group)) return layer.title
  const words: string[] = []
  const told = new Set<Param['type']>()
  for (const [name, param] of Object.entries(layer.params)) {
    const value = valueOf(node, name, param)
    const isNumber = param.type === 'integer' || param.type === 'shape'
    if (!isNumber && param.type !== 'choice') continue
    const word = Array.isArray(value) ? value.join(' × ') : String(value)
    const first = !told.has(param.type) && (isNumber || Object.keys(layer.params).length === 1)
    // An axis such as -1 tells nobody anything.
    const isShown = word !== '' && (typeof value !== 'number' || value > 0)
    if (isShown && isTelling(param, value, first)) words.push(word)
    told.add(param.type)
  }
  return [layer.title, ...words].join(' · ')
}
