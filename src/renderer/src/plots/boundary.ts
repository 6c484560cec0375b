/** A decision boundary as few areas of one colour and opacity each. */
import type { Boundary } from '#shared/diagnosis.ts'

export interface Level {
  /** The class, or 0 for numbers. */
  readonly value: number
  readonly opacity: number
  /** Which points of the grid. */
  readonly cells: readonly number[]
}

const steps = 6

/** Points of the grid by their class and by how sure the network is of it; numbers by where they lie between the ends. */
export function boundaryLevels({ values, scores }: Pick<Boundary, 'values' | 'scores'>): readonly Level[] {
  const areClasses = scores.length > 0
  const numbers = areClasses ? scores : values
  const [least, greatest] = [Math.min(...numbers), Math.max(...numbers)]
  const levels = new Map<string, { value: number; opacity: number; cells: number[] }>()
  values.forEach((own, at) => {
    const share = greatest > least ? ((numbers[at] ?? least) - least) / (greatest - least) : 1
    const opacity = 0.08 + 0.08 * Math.min(steps - 1, Math.floor(share * steps))
    const value = areClasses ? own : 0
    const key = `${value} ${opacity}`
    const level = levels.get(key) ?? { value, opacity, cells: [] }
    level.cells.push(at)
    levels.set(key, level)
  })
  return [...levels.values()]
}
