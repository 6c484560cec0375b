/** What to say when the loss is no longer a number. */
import type { Project } from '#engine/project/project.ts'

export interface Divergence {
  /** Counted from 1. */
  readonly epoch: number
  readonly step: number
  /** The penalty that grew beyond all bounds while the data loss was still finite; null when it was the loss. */
  readonly penalty: string | null
}

/** Looks through the lines of a report for the first that is not finite. */
export function findDivergence(
  report: Float32Array,
  columns: readonly string[],
): { readonly line: number; readonly penalty: string | null } | null {
  const width = columns.length
  for (let line = 0; line * width < report.length; line++) {
    for (let index = 0; index < width; index++) {
      const column = columns[index] ?? ''
      if (column.startsWith('metric:') || Number.isFinite(report[line * width + index])) continue
      return { line, penalty: column.startsWith('penalty:') ? column.slice('penalty:'.length) : null }
    }
  }
  return null
}

/** What is said of a divergence, and the live setting that is most likely to blame with a number to try instead. */
export interface Explanation {
  readonly note: string
  readonly fault?: { readonly name: string; readonly value: number; readonly instead: number }
}

/** A tenth, without the digits that dividing adds: 0.03 of 0.3. */
const tenthOf = (value: number): number => Number((value / 10).toPrecision(12))

/** Names the setting that is most likely to blame, and what to do about it. */
export function explainDivergence(
  divergence: Divergence,
  project: Project,
  live: Readonly<Record<string, number>>,
): Explanation {
  const where = `at epoch ${divergence.epoch}, step ${divergence.step}`
  const { penalty } = divergence
  const faultOf = (name: string, value: number) => ({ fault: { name, value, instead: tenthOf(value) } })
  const strengthName = `${penalty}.strength`
  const strength = penalty === null ? undefined : live[strengthName]
  if (strength !== undefined) {
    return {
      note: `The penalty ${penalty} grew beyond all bounds ${where}: its strength ${strength} is too high; try ${tenthOf(strength)}.`,
      ...faultOf(strengthName, strength),
    }
  }
  const what = penalty === null ? 'The loss' : `The penalty ${penalty}`
  const rate = live['optimizer.learningRate']
  const tip =
    rate === undefined
      ? 'lower the learning rate'
      : `the learning rate ${rate} is most likely too high; try ${tenthOf(rate)}`
  const scale = project.data.standardize ? '' : ', or turn standardizing on'
  return {
    note: `${what} stopped being a number ${where}: ${tip}${scale}.`,
    ...(rate === undefined ? {} : faultOf('optimizer.learningRate', rate)),
  }
}
