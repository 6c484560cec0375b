/** What a training tells, as short texts. */
import { relative } from 'node:path'
import type { Shrinkage } from '#shared/report.ts'
import type { Exported } from '#shared/routes.ts'
import type { EpochMessage, RunInfo, RunMessage } from '#shared/run.ts'

/** Four digits are what people compare. */
export function formatNumber(value: number | null | undefined): string {
  return value === null || value === undefined ? 'not a number' : String(Number(value.toPrecision(4)))
}

/** Seconds as `0:07`, `12:34` or `1:02:03`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds)
  const digits = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return hours > 0 ? `${hours}:${digits(minutes)}:${digits(rest)}` : `${minutes}:${digits(rest)}`
}

const formatBytes = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`

/** Thousands set apart. */
export const formatCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ' ')

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** What is going to be trained. */
export function describeStart(run: RunInfo): string {
  const { train, validation } = run.rows
  const rows = validation > 0 ? `${train} rows to train on, ${validation} to validate on` : `${train} rows`
  const from = run.startEpoch > 0 ? `, going on after epoch ${run.startEpoch}` : ''
  return `${plural(run.parameters, 'parameter')}, ${rows}, ${plural(run.epochs, 'epoch')}${from}`
}

/** The losses, metrics and penalties of an epoch. */
export function describeEpoch({ train, validation, penalties }: EpochMessage): string {
  const metrics = Object.keys(train).filter((name) => name !== 'loss' && name !== 'data')
  const measured = [
    `loss ${formatNumber(train.loss)}`,
    ...(validation ? [`val loss ${formatNumber(validation.loss)}`] : []),
    ...metrics.map((name) => `${validation ? `val ${name}` : name} ${formatNumber((validation ?? train)[name])}`),
    ...Object.entries(penalties).map(([name, value]) => `${name} ${formatNumber(value)}`),
  ]
  return measured.join('  ')
}

type Live = Extract<RunMessage, { type: 'live' }>
type Rewound = Extract<RunMessage, { type: 'rewound' }>

/** A live change, by the mark it can be taken back by. */
export function describeMark({ mark, name, value, epoch, step }: Live): string {
  return `mark ${mark}: ${name} ${formatNumber(value)} from epoch ${epoch}, step ${step + 1} on`
}

/** How far a run went back. */
export function describeRewound({ mark, epoch, step }: Rewound): string {
  return `Back to before mark ${mark}: epoch ${epoch}, step ${step + 1}.`
}

type Ended = Extract<RunMessage, { type: 'ended' }>

/** How a run came to its end. */
export function describeEnd({ reason, epochs, keptEpoch, restored, seconds }: Ended): string {
  const kept = restored ? `, weights of epoch ${keptEpoch} kept` : ''
  const how = { finished: 'Finished', early: 'Stopped early', stopped: 'Stopped', diverged: 'Diverged' }[reason]
  return `${how} after ${plural(epochs, 'epoch')} (${formatDuration(seconds)})${kept}.`
}

/** What leaving out idle units saves, or has saved. */
export function describeShrinkage({ parameters, bytes, operations, columns: read }: Shrinkage): string {
  const unread = read.before - read.after
  const sizes = [
    `${formatCount(parameters.before)} → ${formatCount(parameters.after)} parameters`,
    `${formatBytes(bytes.before)} → ${formatBytes(bytes.after)}`,
    `${formatCount(operations.before)} → ${formatCount(operations.after)} operations a row`,
    ...(unread > 0 ? [`${unread} of ${read.before} columns not read`] : []),
  ]
  return sizes.join(', ')
}

function describeSaved(shrinkage: Shrinkage): string {
  const { before, after } = shrinkage.parameters
  return after < before
    ? `Without idle units: ${describeShrinkage(shrinkage)}.`
    : 'Nothing was left out: no unit is idle for certain.'
}

/** What was written, and how well it agrees with the trainer. */
export function describeExport({ path, bytes, opset, note, parity, zeros, parameters, shrinkage }: Exported): string {
  const size = formatBytes(bytes)
  const raised = note === null ? '' : ` ${note}`
  const saved = shrinkage ? ` ${describeSaved(shrinkage)}` : ''
  const proof = `proved on ${plural(parity.rows, 'row')}, largest difference ${formatNumber(parity.maxAbsolute)}`
  return `${relative('', path)}: ${size}, opset ${opset}, ${zeros} of ${plural(parameters, 'parameter')} exactly zero; ${proof}.${raised}${saved}`
}
