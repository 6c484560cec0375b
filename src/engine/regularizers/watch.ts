/** What the rules of a run have in common that watch a number from epoch to epoch. */
import type { NumberParam, StopState } from '../define.ts'
import { choice, flag, number, text } from '../params.ts'

export const watchParams = {
  monitor: text({
    title: 'Watched number',
    doc: 'What has to improve: validation/loss, train/accuracy, or another number that is measured.',
    default: 'validation/loss',
    names: 'measured',
  }),
  mode: choice({
    title: 'Mode',
    doc: 'Whether lower or higher is better; auto follows the watched number.',
    default: 'auto',
    options: ['auto', 'min', 'max'],
  }),
  restoreBest: flag({
    title: 'Restore best weights',
    doc: 'Keep the weights of the best epoch, not of the last.',
    default: true,
  }),
}

/** The watched number of rules that compare validation with training. */
export const validationMonitor = text({
  title: 'Watched number',
  doc: 'What is compared on validation and training rows, named by its validation side: validation/loss.',
  default: 'validation/loss',
  names: 'measured',
})

/** What is wrong with a watched number that has no training side to compare with. */
export function onlyValidation({ monitor }: { readonly monitor: string }) {
  if (monitor.startsWith('validation/')) return null
  return {
    param: 'monitor',
    message: `it compares validation with training rows, so watch a number of the validation part, not ${monitor}`,
  }
}

export const leastImprovement = (preset: number): NumberParam =>
  number({ title: 'Least improvement', doc: 'Smaller gains do not count.', default: preset, min: 0 })

/** Which way is better by the user's word; null leaves it to the number. */
export function betterBy({ mode }: { readonly mode: 'auto' | 'min' | 'max' }): 'higher' | 'lower' | null {
  return mode === 'auto' ? null : mode === 'max' ? 'higher' : 'lower'
}

/** Whether a number is better than another by more than the least improvement; NaN never is. */
export function beats(value: number, reference: number, better: 'higher' | 'lower', least: number): boolean {
  return better === 'lower' ? value + least < reference : value - least > reference
}

/** What a rule remembers before the first epoch. */
export const nothingSeen: StopState = { best: null, bestEpoch: -1, wait: 0 }

/** Takes an epoch's number into the state; it is the best so far if it beats the best by more than the least improvement. */
export function keepBest(
  state: StopState,
  value: number,
  epoch: number,
  better: 'higher' | 'lower',
  least = 0,
): { readonly state: StopState; readonly improved: boolean } {
  const improved = Number.isFinite(value) && (state.best === null || beats(value, state.best, better, least))
  return { state: improved ? { ...state, best: value, bestEpoch: epoch } : state, improved }
}

/**
 * Whether an error lies more than `percent` above the least one: GL > α with GL = 100 · (E / E_opt − 1). Multiplied out, so
 * that a least error of 0 needs no case of its own; of errors below 0 the distance counts.
 */
export function exceedsBest(error: number, { best }: StopState, percent: number): boolean {
  return best !== null && 100 * (error - best) > percent * Math.abs(best)
}
