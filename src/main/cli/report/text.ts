/** What a training tells, as short texts. */
import { relative } from 'node:path'
import type { Exported } from '#shared/routes.ts'
import type { EpochMessage, RunInfo, RunMessage } from '#shared/run.ts'

/** Four digits are what people compare. */
function formatNumber(value: number | null | undefined): string {
  return value === null || value === undefined ? 'not a number' : String(Number(value.toPrecision(4)))
}

/** Seconds as `0:07`, `12:34` or `1:02:03`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds)
  const digits = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return hours > 0 ? `${hours}:${digits(minutes)}:${digits(rest)}` : `${minutes}:${digits(rest)}`
}

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

type Ended = Extract<RunMessage, { type: 'ended' }>

/** How a run came to its end. */
export function describeEnd({ reason, epochs, keptEpoch, restored, seconds }: Ended): string {
  const kept = restored ? `, weights of epoch ${keptEpoch} kept` : ''
  const how = { finished: 'Finished', early: 'Stopped early', stopped: 'Stopped', diverged: 'Diverged' }[reason]
  return `${how} after ${plural(epochs, 'epoch')} (${formatDuration(seconds)})${kept}.`
}

/** What was written, and how well it agrees with the trainer. */
export function describeExport({ path, bytes, opset, note, parity, zeros, parameters }: Exported): string {
  const size = bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
  const raised = note === null ? '' : ` ${note}`
  const proof = `proved on ${plural(parity.rows, 'row')}, largest difference ${formatNumber(parity.maxAbsolute)}`
  return `${relative('', path)}: ${size}, opset ${opset}, ${zeros} of ${plural(parameters, 'parameter')} exactly zero; ${proof}.${raised}`
}
