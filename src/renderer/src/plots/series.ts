/** What a run's plots draw: its numbers as series, each with the colour and line that mean it everywhere. */
import type { Steps } from '#shared/history.ts'
import type { EpochMessage, RunInfo } from '#shared/run.ts'
import { texts } from '../texts.ts'
import type { Range } from './range.ts'

export interface Series {
  readonly id: string
  readonly label: string
  /** Custom property that holds its colour. */
  readonly color: string
  readonly look: 'line' | 'dashed' | 'dotted' | 'area'
  /** Where each value stands, in epochs since the start: an epoch's at its end. */
  readonly at: readonly number[]
  readonly values: readonly (number | null)[]
  /** Where the line is drawn, when that is not its own value: the top of a stack. */
  readonly tops: readonly (number | null)[]
  /** The series up or down to which the area is shaded: the gap between them. */
  readonly gapTo?: string
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

/** The epochs of a stretch, and the ones right before and after it. */
function epochsWithin(epochs: readonly EpochMessage[], { from, to }: Range): readonly EpochMessage[] {
  const first = epochs.findLastIndex(({ epoch }) => epoch <= from)
  const last = epochs.findIndex(({ epoch }) => epoch >= to)
  return epochs.slice(Math.max(first, 0), last < 0 ? epochs.length : last + 1)
}

/** The epochs a plot draws: all in sight, or evenly thinned to about this many, the last and the best always among them. */
export function drawnEpochs(all: readonly EpochMessage[], range: Range | null, most = 1200): readonly EpochMessage[] {
  const epochs = range ? epochsWithin(all, range) : all
  if (epochs.length <= most) return epochs
  const stride = Math.ceil(epochs.length / most)
  const last = epochs.at(-1)
  const best = last?.best?.epoch
  return epochs.filter((message, at) => at % stride === 0 || message === last || message.epoch === best)
}

/** Single steps with the place of each on the axis of epochs. */
export interface PlacedSteps {
  readonly at: readonly number[]
  readonly means: Steps['means']
}

/** Where steps stand, so many to an epoch: each point at the end of its last step. */
export function placeSteps({ from, to, stride, means }: Steps, stepsPerEpoch: number): PlacedSteps {
  const count = Math.ceil((to - from) / Math.max(stride, 1))
  const at = Array.from({ length: count }, (_, index) => Math.min(from + (index + 1) * stride, to) / stepsPerEpoch)
  return { at, means }
}

const penaltyColors = 5

/** The colour of a penalty by its place in the run's order; beyond five they begin again. */
export const penaltyColor = (index: number): string => `--series-penalty-${(Math.max(0, index) % penaltyColors) + 1}`

const classColors = [
  '--series-train',
  '--series-validation',
  '--series-penalty-2',
  '--series-penalty-1',
  '--series-penalty-3',
  '--series-penalty-4',
] as const

/** The colour of a class by its index; beyond six they begin again. */
export const classColor = (index: number): string => classColors[index % classColors.length] ?? '--series-train'

type Values = readonly (number | null)[]

/** Numbers of the training part as they were measured while it trained: step by step where steps are known. */
function trained(
  epochs: readonly EpochMessage[],
  steps: PlacedSteps | null,
  name: string,
  of: (epoch: EpochMessage) => number | null | undefined,
): { readonly at: readonly number[]; readonly values: Values } {
  if (steps) return { at: steps.at, values: steps.means[name] ?? [] }
  return { at: epochs.map(({ epoch }) => epoch), values: epochs.map((epoch) => of(epoch) ?? null) }
}

/** The training part in inference mode and the validation part, the gap between them shaded; none without validation rows. */
function measuredPair(epochs: readonly EpochMessage[], name: string, labels: readonly [string, string]): Series[] {
  const measured = epochs.filter(({ validation }) => validation)
  if (measured.length === 0) return []
  const at = measured.map(({ epoch }) => epoch)
  const train = measured.map(({ trainInference }) => trainInference?.[name] ?? null)
  const validation = measured.map((epoch) => epoch.validation?.[name] ?? null)
  return [
    { id: 'trainInference', label: labels[0], color: '--series-train', look: 'line', at, values: train, tops: train },
    {
      ...{ id: 'validation', label: labels[1], color: '--series-validation', look: 'dashed' as const },
      ...{ at, values: validation, tops: validation, gapTo: 'trainInference' },
    },
  ]
}

/** `dense1/kernel/l1` as people say it: `dense1 kernel L1`. */
export function readableName(name: string): string {
  const [setting = '', param] = (name.split('/').at(-1) ?? '').split('.')
  const place = name.split('/').slice(0, -1).join(' ')
  const kind = /^l\d/.test(setting) ? setting.toUpperCase() : setting
  const words = param?.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return [place, kind, words].filter(Boolean).join(' ')
}

/**
 * Data loss and each penalty stacked as training saw them, and over them their sum and, both in inference mode, the loss of the
 * training part and of the validation part.
 */
export function lossSeries(
  epochs: readonly EpochMessage[],
  penalties: readonly string[],
  steps: PlacedSteps | null = null,
): Series[] {
  const data = trained(epochs, steps, 'data', ({ train }) => train['data'])
  let tops = data.values
  const stack: Series[] = [
    { id: 'data', label: texts.run.dataLoss, color: '--series-data', look: 'area', ...data, tops },
    ...penalties.map((name, index): Series => {
      const penalty = trained(epochs, steps, name, (epoch) => epoch.penalties[name])
      tops = tops.map((top, at) => (top === null ? null : top + (penalty.values[at] ?? 0)))
      return { id: name, label: readableName(name), color: penaltyColor(index), look: 'area', ...penalty, tops }
    }),
  ]
  const sum = trained(epochs, steps, 'loss', ({ train }) => train['loss'])
  const pair = measuredPair(epochs, 'loss', [texts.run.trainInference, texts.run.validationLoss])
  const look = pair.length > 0 ? 'dotted' : 'line'
  const train: Series = {
    id: 'train',
    label: texts.run.trainLoss,
    color: '--series-train',
    look,
    ...sum,
    tops: sum.values,
  }
  return [...stack, train, ...pair]
}

/** One metric on the training part, while it trained and in inference mode, and on the validation part. */
export function metricSeries(
  epochs: readonly EpochMessage[],
  metric: string,
  steps: PlacedSteps | null = null,
): Series[] {
  const own = trained(epochs, steps, metric, ({ train }) => train[metric])
  const pair = measuredPair(epochs, metric, [texts.run.trainInferenceShort, texts.run.validation])
  const look = pair.length > 0 ? 'dotted' : 'line'
  return [{ id: 'train', label: texts.run.train, color: '--series-train', look, ...own, tops: own.values }, ...pair]
}

/** The learning rate after its schedule. */
export function learningRateSeries(epochs: readonly EpochMessage[], steps: PlacedSteps | null = null): Series[] {
  const rate = trained(epochs, steps, 'learningRate', ({ learningRate }) => learningRate)
  return [
    {
      ...{ id: 'learningRate', label: texts.run.learningRate },
      color: '--series-rate',
      look: 'line',
      ...rate,
      tops: rate.values,
    },
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
