/** The layers as the palette offers them: in groups, or those that match what is searched for. */
import type { LayerDefinition } from '#engine/define.ts'
import { layerDefinitions } from '../definitions.ts'

type Group = LayerDefinition['group']

/** Under which it is remembered whether a group is closed. */
export const groupId = (group: Group): string => `layers.${group}`

/** All groups in the order of the definitions, with their layers. */
export const layerGroups: readonly { readonly name: Group; readonly layers: readonly LayerDefinition[] }[] = [
  ...new Set(layerDefinitions.map(({ group }) => group)),
].map((name) => ({ name, layers: layerDefinitions.filter(({ group }) => group === name) }))

/** The layers that have every word in their name, group or description; those whose name begins with the first come first. */
export function matchingLayers(layers: readonly LayerDefinition[], query: string): readonly LayerDefinition[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const matching = layers.filter(({ kind, title, doc, group }) => {
    const text = `${kind} ${title} ${group} ${doc}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const [first = ''] = words
  const rank = ({ kind, title }: LayerDefinition): number =>
    title.toLowerCase().startsWith(first) ? 0 : `${kind} ${title}`.toLowerCase().includes(first) ? 1 : 2
  return matching.toSorted((a, b) => rank(a) - rank(b))
}
