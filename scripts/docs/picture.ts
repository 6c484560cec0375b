/** Which picture shows what a definition does, and what is written under it. */
import type { Definition, Family } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import { epochs, rows } from './networks.ts'
import { place, presetOf, techniques } from './techniques.ts'

/** How weights are spread, how the learning rate goes, where a run is stopped, or how the loss falls. */
export type View = 'weights' | 'rate' | 'stop' | 'curves'

/** The view that shows what a technique does: by its family and by the hooks and places it has. */
export function viewOf(family: Family, { kind }: Definition): View {
  if (family === 'schedule') return 'rate'
  if (family === 'constraint') return 'weights'
  const regularizer = family === 'regularizer' ? definitions.regularizer[kind] : undefined
  if (regularizer?.stop) return 'stop'
  return regularizer?.places.includes('weight') ? 'weights' : 'curves'
}

const captions: Readonly<Record<View, string>> = {
  weights: `How the weights are spread after ${epochs} epochs on ${rows.train} digits, at its defaults and without it.`,
  rate: `The learning rate over ${epochs} epochs of ${rows.train} digits, with its steps set to those of the run.`,
  stop: `The validation loss over up to ${epochs} epochs on ${rows.train} digits, at its defaults and without it.`,
  curves: `Cross-entropy of training (dashed) and validation rows over ${epochs} epochs on ${rows.train} digits, both in inference mode, at its defaults and without it.`,
}

/** What is seen on a definition's picture. */
export const captionOf = (family: Family, definition: Definition): string => captions[viewOf(family, definition)]

/** Within docs/reference. */
export const picturePath = (family: Family, { kind }: Definition): string => `pictures/${family}-${kind}.svg`

/** The paths of all pictures that there should be: of the techniques that fit into one of the networks. */
export const picturesWanted = (): readonly string[] =>
  techniques().flatMap((technique) =>
    typeof place(technique, presetOf(technique)) === 'string'
      ? []
      : [picturePath(technique.family, technique.definition)],
  )
