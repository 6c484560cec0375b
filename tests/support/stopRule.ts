/** A rule of the run asked about one epoch after the other, as the trainer asks it. */
import { filled, requireDefinition } from '#engine/definitions.ts'
import type { Setting } from '#engine/project/project.ts'

/** What an epoch measured: the watched number, and others by the names that rules have for them. */
export type EpochNumbers = number | { readonly value: number; readonly [name: string]: number }

export interface Watched {
  /** How many epochs there are before it stops, and the epoch it calls best, from 0. */
  readonly epochs: number
  readonly best: number
}

/** Tells a rule at these settings the numbers of one epoch after the other, until it stops. */
export function watchEpochs(
  kind: string,
  epochs: readonly EpochNumbers[],
  params: Setting['params'],
  better: 'lower' | 'higher' = 'lower',
): Watched {
  const definition = requireDefinition('regularizer', kind, kind)
  const rule = definition.stop
  if (!rule) throw new Error(`${kind} is no rule`)
  const values = filled(definition, { kind, params })
  let state = rule.start(values)
  for (const [epoch, measured] of epochs.entries()) {
    const numbers = typeof measured === 'number' ? { value: measured } : measured
    const decision = rule.decide({
      params: values,
      state,
      epoch,
      watched: 'loss',
      value: numbers.value,
      better,
      values: numbers,
      learningRate: 0.1,
    })
    state = decision.state
    if (decision.stop) return { epochs: epoch + 1, best: state.bestEpoch }
  }
  return { epochs: epochs.length, best: state.bestEpoch }
}
