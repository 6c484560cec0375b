/** Draws what each technique does, from runs of the project's own trainer with it and without it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Project } from '#engine/project/project.ts'
import { decodeModel } from '#engine/onnx/decode.ts'
import type { EpochMessage } from '#shared/run.ts'
import { epochs as allEpochs, type Network, projectOf } from './networks.ts'
import { picturePath, viewOf } from './picture.ts'
import { type Chart, type Line, svgOf } from './svg.ts'
import { idOf, place, presetOf, type Technique, type TriedFamily } from './techniques.ts'
import { sentenceOf, type Training, type Trainings } from './trainings.ts'

/** The digits on which a network learns most by heart among the first few seeds: what is done about it is seen best. */
const seed = 2

interface Run extends Training {
  /** All weights that are matrices or more, in one row. */
  readonly weights: readonly number[]
}

/** Trains each technique at its defaults and writes its picture into docs/reference; throws at the end where some failed. */
export async function drawPictures(
  trainings: Trainings,
  folder: string,
  chosen: readonly Technique[],
  tell: (line: string) => void,
): Promise<void> {
  mkdirSync(join(folder, 'pictures'), { recursive: true })
  const without = new Map<string, Run>()
  const run = async (project: Project): Promise<Run> => {
    const metrics = [...project.training.metrics, { kind: 'categoricalCrossentropy', params: {} }]
    const training = await trainings.train({ ...project, training: { ...project.training, metrics } }, seed)
    return { ...training, weights: weightsOf(await trainings.exportModel()) }
  }
  const baseOf = async (network: Network): Promise<Run> => {
    const known = without.get(network.name) ?? (await run(projectOf(network, '', 0)))
    without.set(network.name, known)
    return known
  }
  const failed: string[] = []
  for (const technique of chosen) {
    const placed = place(technique, presetOf(technique))
    if (typeof placed === 'string') {
      tell(`${idOf(technique)} has no picture: ${placed}`)
      continue
    }
    const draw = async (): Promise<void> => {
      const base = await baseOf(placed.network)
      const chart = chartOf(technique, await run(placed.project), base)
      writeFileSync(join(folder, picturePath(technique.family, technique.definition)), svgOf(chart))
    }
    const failure = await draw().then(() => null, sentenceOf)
    if (failure !== null) failed.push(`${idOf(technique)}: ${failure}`)
    tell(failure === null ? `${idOf(technique)} drawn` : `${idOf(technique)} FAILED: ${failure}`)
  }
  if (failed.length > 0) throw new Error(`These failed:\n${failed.join('\n')}`)
}

function weightsOf(path: string): readonly number[] {
  const { graph } = decodeModel(readFileSync(path))
  return [...graph.initializers.values()].flatMap(({ shape, data }) =>
    shape.length >= 2 && data instanceof Float32Array ? [...data] : [],
  )
}

/** What a technique is compared with. */
const rivals: Readonly<Record<TriedFamily, string>> = {
  regularizer: 'without',
  constraint: 'without',
  layer: 'without',
  loss: 'plain',
  optimizer: 'Adam',
  schedule: 'constant',
}

function chartOf({ family, definition }: Technique, own: Run, base: Run): Chart {
  const names = { own: definition.title, base: rivals[family] }
  switch (viewOf(family, definition)) {
    case 'weights':
      return weightsChart(names, own, base)
    case 'rate':
      return rateChart(names, own, base)
    case 'stop':
      return stopChart(names, own, base)
    case 'curves':
      return curvesChart(names, own, base)
  }
}

interface Names {
  readonly own: string
  readonly base: string
}

const epochAxis = { label: 'epoch', from: 0, to: allEpochs }

type Reading = (epoch: EpochMessage) => number | null | undefined

const lineOf = (label: string, side: Line['side'], epochs: readonly EpochMessage[], read: Reading): Line => ({
  label,
  side,
  points: epochs.flatMap((epoch): [number, number][] => {
    const height = read(epoch)
    return height === null || height === undefined ? [] : [[epoch.epoch, height]]
  }),
})

/** From 0 to a little above the highest point. */
const heightOf = (lines: readonly Line[]): number =>
  Math.max(...lines.flatMap(({ points }) => points.map(([, height]) => height)), 1e-6) * 1.1

/** High enough to tell apart how lines end; the steep fall of the first epochs is cut off. */
const lossHeight = (lines: readonly Line[], rival: Line): number =>
  Math.min(heightOf(lines), (rival.points.at(-1)?.[1] ?? 1) * 2.4)

function curvesChart(names: Names, own: Run, base: Run): Chart {
  const entropy = (numbers: EpochMessage['validation']): number | null | undefined => numbers?.categoricalCrossentropy
  const training = (side: Line['side'], { epochs }: Run): Line => ({
    ...lineOf('', side, epochs, (epoch) => entropy(epoch.trainInference)),
    dashed: true,
  })
  const rival = lineOf(names.base, 'without', base.epochs, (epoch) => entropy(epoch.validation))
  const line = lineOf(names.own, 'with', own.epochs, (epoch) => entropy(epoch.validation))
  const lines = [training('without', base), training('with', own), rival, line]
  return {
    title: `Training: ${names.own}, and ${names.base}`,
    x: epochAxis,
    y: { label: 'cross-entropy (training dashed)', from: 0, to: lossHeight(lines, rival) },
    lines,
    marks: [],
  }
}

function rateChart(names: Names, own: Run, base: Run): Chart {
  const lines = [
    lineOf(names.base, 'without', base.epochs, ({ learningRate }) => learningRate),
    lineOf(names.own, 'with', own.epochs, ({ learningRate }) => learningRate),
  ]
  return {
    title: `The learning rate: ${names.own}`,
    x: epochAxis,
    y: { label: 'learning rate', from: 0, to: heightOf(lines) },
    lines,
    marks: [],
  }
}

function stopChart(names: Names, own: Run, base: Run): Chart {
  const loss: Reading = ({ validation }) => validation?.loss
  const rival = lineOf(names.base, 'without', base.epochs, loss)
  const lines = [rival, lineOf(names.own, 'with', own.epochs, loss)]
  const { reason, epochs, keptEpoch, restored } = own.ended
  const falls = own.epochs.filter(
    ({ learningRate }, index) => index > 0 && learningRate < (own.epochs[index - 1]?.learningRate ?? 0) * 0.999,
  )
  const marks = [
    ...(restored && keptEpoch !== epochs ? [{ x: keptEpoch, label: 'kept' }] : []),
    ...(reason === 'early' ? [{ x: epochs, label: 'stopped' }] : []),
    ...falls.map(({ epoch }, index) => ({ x: epoch, label: index === 0 ? 'rate falls' : '' })),
  ]
  return {
    title: `The validation loss: ${names.own}`,
    x: epochAxis,
    y: { label: 'validation loss', from: 0, to: lossHeight(lines, rival) },
    lines,
    marks,
    ...(marks.length === 0 ? { note: `did not act within ${allEpochs} epochs` } : {}),
  }
}

const bins = 61

function weightsChart(names: Names, own: Run, base: Run): Chart {
  const sizes = [...own.weights, ...base.weights].map(Math.abs).sort((a, b) => a - b)
  const reach = (sizes[Math.floor(sizes.length * 0.998)] ?? 0) || 1
  const spread = (label: string, side: Line['side'], { weights }: Run): Line => {
    const counts = Array.from({ length: bins }, () => 0)
    for (const weight of weights) {
      const bin = Math.floor(((weight / reach + 1) / 2) * bins)
      if (bin >= 0 && bin < bins) counts[bin] = (counts[bin] ?? 0) + 1
    }
    const points = counts.map((count, bin): [number, number] => [
      (((bin + 0.5) / bins) * 2 - 1) * reach,
      (count / weights.length) * 100,
    ])
    return { label, side, points, area: true }
  }
  const lines = [spread(names.base, 'without', base), spread(names.own, 'with', own)]
  const [highest = 1] = lines.map(({ points }) => Math.max(...points.map(([, height]) => height)))
  const zeros = ({ weights }: Run): string =>
    `${Math.round((weights.filter((weight) => weight === 0).length / weights.length) * 100)} %`
  return {
    title: `Weights: ${names.own}, and ${names.base}`,
    x: { label: 'weight', from: -reach, to: reach },
    // A peak of zeros would press all else flat: it is cut off, and told in words.
    y: { label: '% of the weights', from: 0, to: Math.min(heightOf(lines), highest * 4) },
    lines,
    marks: [],
    note: `exactly 0: ${zeros(own)}`,
  }
}
