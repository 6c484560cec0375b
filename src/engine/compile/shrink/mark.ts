/** Which units a network cannot do without. */
import { isConstant } from './bounds.ts'
import { isConnected } from './kernel.ts'
import type { Contraction, Trace } from './trace.ts'

/** What is to be done with an input of a sum that never changes and may go. */
export interface Marked {
  isNeeded(unit: number): boolean
  /** By the sum: the input that stands in for all others that never change, where no bias takes what they add. */
  readonly standIns: ReadonlyMap<Contraction, number>
}

/**
 * A unit is needed when an output shows it, when an op that cannot be made smaller reads it, or when a needed unit sums it up
 * with a weight that is not 0 and it is not always the same number.
 */
export function mark(trace: Trace): Marked {
  const needed = new Set<number>()
  const isNeeded = (unit: number): boolean => needed.has(trace.units.of(unit))
  const need = (unit: number): void => void needed.add(trace.units.of(unit))
  const standIns = new Map<Contraction, number>()
  for (const unit of trace.pinned()) need(unit)
  const flow = (): void => {
    let before: number
    do {
      before = needed.size
      for (const contraction of trace.contractions.toReversed())
        markInputs(trace, contraction, isNeeded, need, standIns)
    } while (needed.size > before)
  }
  flow()
  // A value of no channels at all is nothing that runtimes are good at.
  for (const { units } of [...trace.channels.values(), ...trace.claims]) {
    const [first] = units
    if (first === undefined || units.some(isNeeded)) continue
    need(first)
    flow()
  }
  return { isNeeded, standIns }
}

function markInputs(
  trace: Trace,
  contraction: Contraction,
  isNeeded: (unit: number) => boolean,
  need: (unit: number) => void,
  standIns: Map<Contraction, number>,
): void {
  const { name, kernel, from, to, bias } = contraction
  const counting = to.flatMap((unit, output) => (isNeeded(unit) ? [output] : []))
  const isPrivate = trace.isPrivate({ name })
  from.units.forEach((unit, input) => {
    const bounds = from.bounds[input]
    if (!bounds || (isConstant(bounds) && bounds.low === 0)) return
    if (!counting.some((output) => isConnected(kernel, input, output))) return
    const foldable = isConstant(bounds) && isPrivate
    if (foldable && bias !== null) return
    if (foldable && standIns.has(contraction)) return
    if (foldable) standIns.set(contraction, input)
    need(unit)
  })
}
