/** What the rules of a run have in common that watch a number from epoch to epoch. */
import type { NumberParam } from '../define.ts'
import { choice, number, text } from '../params.ts'

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
