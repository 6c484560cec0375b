/** What a layer's card on the canvas says, derived from its definition. */
import type { Definition } from '#engine/define.ts'
import type { ProjectNode, Setting } from '#engine/project/project.ts'
import { definitionOf } from '#engine/definitions.ts'
import { valueOf } from '../definitions.ts'
import { isSettings } from '../state/places.ts'
import { formatExact } from '../ui/numbers.ts'

export interface Badge {
  readonly text: string
  /** The whole of it, for the tooltip: `Kernel regularization: L1, strength 0.01`. */
  readonly title: string
  /** Finds the colour of its penalty. */
  readonly setting: Setting
}

/** A definition's numbers in short: `0.01`, or `0.01 · 0.02`. */
function numbersOf(definition: Definition, setting: Setting): string {
  return Object.entries(definition.params)
    .map(([name, param]) => valueOf(setting, name, param))
    .filter((value) => typeof value === 'number')
    .map(formatExact)
    .join(' · ')
}

/** A badge for every regularizer that hangs on the layer, and one for a layer that is a regularizer itself. */
export function badgesOf(node: ProjectNode): Badge[] {
  const layer = definitionOf('layer', node.kind)
  if (!layer) return []
  const own =
    layer.group === 'Regularization'
      ? Object.entries(layer.params).flatMap(([name, param]): Badge[] => {
          const value = valueOf(node, name, param)
          if (typeof value !== 'number') return []
          const text = `${param.title.toLowerCase()} ${formatExact(value)}`
          return [{ text, title: `${layer.title}: ${text}`, setting: node }]
        })
      : []
  const attached = Object.entries(layer.params).flatMap(([name, param]) => {
    const settings = valueOf(node, name, param)
    if (param.type !== 'settings' || !isSettings(settings)) return []
    return settings.flatMap((setting): Badge[] => {
      const definition = definitionOf(param.family, setting.kind)
      if (!definition) return []
      const text = `${definition.title} ${numbersOf(definition, setting)}`.trim()
      return [{ text, title: `${param.title}: ${text}`, setting }]
    })
  })
  return [...own, ...attached]
}

/** What the layer does in a few words: `64 · relu`. Numbers with a title of their own come first, then the activation. */
export function summaryOf(node: ProjectNode): string {
  const layer = definitionOf('layer', node.kind)
  if (!layer) return node.kind
  if (layer.group === 'Regularization') return layer.title
  const values = Object.entries(layer.params).flatMap(([name, param]) => {
    const value = valueOf(node, name, param)
    if (param.type === 'integer' && typeof value === 'number' && value > 0) return [formatExact(value)]
    return param.type === 'choice' && typeof value === 'string' && value !== 'linear' ? [value] : []
  })
  return [layer.title, ...values].join(' · ')
}
