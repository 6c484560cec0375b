/** What a run's plots draw: its numbers as series, each with the colour and line that mean it everywhere. */
import type { EpochMessage, RunInfo } from '#shared/run.ts'
import { texts } from '../texts.ts'

export interface Series {
  readonly id: string
  readonly label: string
  /** Custom property that holds its colour. */
  readonly color: string
  readonly look: 'line' | 'dashed' | 'area'
  readonly values: readonly (number | null)[]
  /** Where the line is drawn, when that is not its own value: the top of a stack. */
  readonly tops: readonly (number | null)[]
}

/** A live setting's change while the run went on; `at` in epochs since the start. */
export interface Mark {
  readonly at: number
  readonly name: string
  readonly from: number
  readonly to: number
  /** The mark of the run that it belongs to. */
  readonly number: number
}

/** The epochs a plot draws: all of them, or evenly thinned to about this many, the last and the best always among them. */
export function drawnEpochs(epochs: readonly EpochMessage[], most = 1200): readonly EpochMessage[] {
  if (epochs.length <= most) return epochs
  const stride = Math.ceil(epochs.length / most)
  const last = epochs.at(-1)
  const best = last?.best?.epoch
  return epochs.filter((message, at) => at % stride === 0 || message === last || message.epoch === best)
}

const penaltyColors = 5

/** The colour of a penalty by its place in the run's order; beyond five they begin again. */
export const penaltyColor = (index: number): string => `--series-penalty-${(Math.max(0, index) % penaltyColors) + 1}`

function series(id: string, label: string, color: string, look: Series['look'], values: (number | null)[]): Series {
  return { id, label, color, look, values, tops: values }
}

/** `dense1/kernel/l1` as people say it: `dense1 kernel L1`. */
export function readableName(name: string): string {
  const [setting = '', param] = (name.split('/').at(-1) ?? '').split('.')
  const place = name.split('/').slice(0, -1).join(' ')
  const kind = /^l\d/.test(setting) ? setting.toUpperCase() : setting
  return [place, kind, param].filter(Boolean).join(' ')
}

/** Data loss and each penalty stacked, and over them the lines of the train and validation loss. */
export function lossSeries(epochs: readonly EpochMessage[], penalties: readonly string[]): Series[] {
  const data = epochs.map((epoch) => epoch.train['data'] ?? null)
  const stack: Series[] = [series('data', texts.run.dataLoss, '--series-data', 'area', data)]
  let tops = data
  penalties.forEach((name, index) => {
    const values = epochs.map((epoch) => epoch.penalties[name] ?? null)
    tops = tops.map((top, at) => (top === null ? null : top + (values[at] ?? 0)))
    stack.push({ ...series(name, readableName(name), penaltyColor(index), 'area', values), tops })
  })
  const train = epochs.map((epoch) => epoch.train['loss'] ?? null)
  const validation = epochs.map((epoch) => epoch.validation?.['loss'] ?? null)
  return [
    ...stack,
    series('train', texts.run.trainLoss, '--series-train', 'line', train),
    ...(epochs.some((epoch) => epoch.validation)
      ? [series('validation', texts.run.validationLoss, '--series-validation', 'dashed', validation)]
      : []),
  ]
}

/** One metric on the training and on the validation part. */
export function metricSeries(epochs: readonly EpochMessage[], metric: string): Series[] {
  const train = epochs.map((epoch) => epoch.train[metric] ?? null)
  const validation = epochs.map((epoch) => epoch.validation?.[metric] ?? null)
  return [
    series('train', texts.run.train, '--series-train', 'line', train),
    series('validation', texts.run.validation, '--series-validation', 'dashed', validation),
  ]
}

/** A round number at or above: 1, 1.5, 2, 3, 5 or 8 times a power of ten. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return power * ([1, 1.5, 2, 3, 5, 8, 10].find((step) => step * power >= value * (1 - 1e-9)) ?? 10)
}

/** The run's number of epochs, for the axis that stays put while they come in. */
export const lastEpoch = (run: RunInfo | null): number => Math.max(run?.epochs ?? 1, 1)
