/** What regularization did, as a table for people. */
import type { RunReport } from '#shared/report.ts'
import { describeShrinkage, formatCount, formatNumber } from './text.ts'

const percent = (share: number | null): string => (share === null ? '' : `${Number((100 * share).toPrecision(3))} %`)

/** Columns of equal width, the first to the left and the others to the right. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

function weightRows({ weights }: RunReport): readonly (readonly string[])[] {
  return [
    ['weight', 'size', 'zeros', 'norm', 'spectral norm'],
    ...weights
      .filter(({ shape }) => shape.length > 1)
      .map(({ name, size, zeros, norm, spectralNorm }) => [
        ...[name, formatCount(size), formatCount(zeros), formatNumber(norm), formatNumber(spectralNorm)],
      ]),
  ]
}

function unitRows({ units, rows }: RunReport): readonly (readonly string[])[] {
  return [
    ['units', 'all', 'nothing comes in', `still on ${formatCount(rows)} rows`, 'removable'],
    ...units.map(({ kernel, before, after, unfed, still }) => [
      ...[kernel, String(before), String(unfed), still === null ? '' : String(still), String(before - after)],
    ]),
  ]
}

function techniqueRows({ techniques }: RunReport): readonly (readonly string[])[] {
  return [
    ['technique', 'penalty', 'of the loss'],
    ...techniques.map(({ name, title, value, share }) => [
      ...[`${name}  ${title}`, value === null ? '' : formatNumber(value), percent(share)],
    ]),
  ]
}

function gapRows({ gap }: RunReport): readonly (readonly string[])[] {
  if (!gap) return []
  return [
    [
      'without noise',
      `${formatCount(gap.rows.train)} training rows`,
      `${formatCount(gap.rows.validation)} validation rows`,
    ],
    ...Object.entries(gap.train).map(([name, value]) => [
      name,
      formatNumber(value),
      formatNumber(gap.validation[name]),
    ]),
  ]
}

/** The whole report; nothing of what there is none of. */
export function describeReport(report: RunReport): string {
  const { parameters, techniques, shrinkage } = report
  const smaller = shrinkage.parameters.after < shrinkage.parameters.before
  const blocks = [
    techniques.length > 0 ? columns(techniqueRows(report)) : [],
    columns(gapRows(report)),
    columns(weightRows(report)),
    report.units.length > 0 ? columns(unitRows(report)) : [],
    [
      `${formatCount(parameters.effective)} of ${formatCount(parameters.trained)} trained parameters are not zero.`,
      smaller
        ? `Without idle units (export --shrink): ${describeShrinkage(shrinkage)}.`
        : 'No unit is idle for certain: an export with --shrink would be no smaller.',
    ],
  ]
  const title = `What regularization did, at the weights of epoch ${report.epoch}:`
  return [title, ...blocks.filter((lines) => lines.length > 0).map((lines) => `\n${lines.join('\n')}`)].join('\n')
}
