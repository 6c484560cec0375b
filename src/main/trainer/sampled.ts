/** Monte-Carlo prediction (Gal & Ghahramani 2016): the network runs many times while its layers of noise act; what counts are mean and spread. */
import * as v from 'valibot'
import { compile } from '#engine/compile/compile.ts'
import { columnsOf, type Preprocessing, type TargetNames } from '#engine/compile/preprocessing.ts'
import type { DataShape, OutputSpec, Program, TargetShape } from '#engine/compile/program.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { readModel } from '#engine/onnx/read.ts'
import { mix } from '#engine/random.ts'
import { CallError } from '#shared/result.ts'
import type { TrainerInput } from '#shared/trainer.ts'
import { readOwn } from '#main/files/onnx/own.ts'
import { encodeFeatures, featureSizes } from './data/features.ts'
import { openGraph } from './model.ts'
import {
  formatFloat,
  headerOf,
  outputsOf,
  perClass,
  type PredictedOutput,
  type PredictionSource,
  type PredictionTable,
} from './predictions.ts'
import type { Session, SessionOptions } from './session.ts'
import { Spread } from './spread.ts'

export type Sampling = NonNullable<TrainerInput<'predict'>['sampling']>

const rowsPerCall = 1024

/** What the network learned from, as far as predictions need it. */
function shapeOf({ columns, outputs, ...only }: Preprocessing): DataShape {
  const sizeOf = ({ classes, targets }: TargetNames): TargetShape => ({
    classes: classes.length,
    targets: targets.length,
  })
  const each = Object.entries(outputs ?? {}).map(([node, names]) => [node, sizeOf(names)])
  return { ...featureSizes(columns), ...sizeOf(only), ...(outputs ? { outputs: Object.fromEntries(each) } : {}) }
}

const trainingSchema = v.pipe(v.string(), v.parseJson(), v.object({ live: v.record(v.string(), v.number()) }))

/** Live settings as they were when training ended. */
function liveTensors(program: Program, metadata: Readonly<Record<string, string>>): [string, Tensor][] {
  const stored = v.safeParse(trainingSchema, metadata['espalier.training'])
  const live = stored.success ? stored.output.live : {}
  return program.live.map(({ name, value }) => [name, tensorOf('float32', [], [live[name] ?? value])])
}

/** What the network puts out as probabilities, where its loss takes it before sigmoid or softmax. */
function probabilities(values: Float32Array, width: number, form: OutputSpec['target']['form']): Float64Array {
  if (form === 'binary') return Float64Array.from(values, (logit) => 1 / (1 + Math.exp(-logit)))
  const result = new Float64Array(values.length)
  for (let from = 0; from < values.length; from += width) {
    const row = values.subarray(from, from + width)
    const top = Math.max(...row)
    const powers = Float64Array.from(row, (logit) => Math.exp(logit - top))
    const sum = powers.reduce((before, power) => before + power, 0)
    result.set(
      powers.map((power) => power / sum),
      from,
    )
  }
  return result
}

/** An output while its samples come in. */
interface Watched {
  readonly names: PredictedOutput
  readonly spec: OutputSpec
  readonly width: number
  readonly predictsClasses: boolean
}

function watch(program: Program, preprocessing: Preprocessing): readonly Watched[] {
  const predicted = outputsOf(preprocessing)
  return program.outputs.map((spec, index) => {
    const names = predicted.find(({ node }) => node === spec.node) ?? predicted[index]
    if (!names) throw new Error(`the model does not say what ${spec.node} predicts`)
    const predictsClasses = names.classes.length > 0 && spec.target.form !== 'value'
    return { names, spec, width: spec.shape.reduce((product, size) => product * size, 1), predictsClasses }
  })
}

function samplesOf({ spec, width, predictsClasses }: Watched, outputs: Readonly<Record<string, Tensor>>) {
  const values = outputs[spec.prediction]?.data
  if (!(values instanceof Float32Array)) throw new Error(`the sample graph has no ${spec.prediction}`)
  const fromLogits = predictsClasses && spec.loss.params['fromLogits'] === true
  return fromLogits ? probabilities(values, width, spec.target.form) : values
}

/** One line of an output: the label of the mean, then mean and standard deviation of every number. */
function lineOf({ names: { classes }, width, predictsClasses }: Watched, spread: Spread, row: number): string[] {
  const places = Array.from({ length: width }, (_, index) => row * width + index)
  const means = perClass(
    places.map((place) => Math.fround(spread.mean[place] ?? 0)),
    predictsClasses ? classes.length : 0,
  )
  const written = means.flatMap((mean, index) => {
    const deviation = spread.deviation(places[Math.min(index, width - 1)] ?? 0)
    return [formatFloat(mean), formatFloat(Math.fround(deviation))]
  })
  return predictsClasses ? [classes[means.indexOf(Math.max(...means))] ?? '', ...written] : written
}

/** The network that a model holds, over batches of as many rows as are predicted at a time. */
async function openSampled({ name, bytes, preprocessing, rows }: PredictionSource, options: SessionOptions) {
  const file = readModel(bytes)
  const { project, weights } = readOwn(file, name)
  const program = compile(project, shapeOf(preprocessing))
  const batch = Math.max(1, Math.min(rowsPerCall, rows))
  const graph = program.sample(batch)
  if (!graph)
    throw new CallError(
      'invalid',
      `No layer of ${name} is random, so every sample of its predictions would be the same; train it with Dropout or another layer of noise first.`,
    )
  const session = await openGraph(graph, options)
  const known = [...weights, ...liveTensors(program, file.metadata)].filter(([each]) => session.inputs.includes(each))
  return { session, program, batch, known: Object.fromEntries(known), seed: project.training.seed }
}

/** Rows as the network's Inputs take them; the last one again where the batch has more. */
function rowsFed(
  { preprocessing, columns, rows }: PredictionSource,
  { inputs }: Program,
  from: number,
  batch: number,
): Record<string, Tensor> {
  const taken = Uint32Array.from({ length: batch }, (_, index) => Math.min(from + index, rows - 1))
  return Object.fromEntries(
    inputs.map(({ node, feed, shape }, index) => {
      const data = encodeFeatures([...columns.values()], columnsOf(preprocessing, node, index), taken)
      return [feed, { dtype: 'float32', shape: [batch, ...shape], data }]
    }),
  )
}

/** What the samples of a batch come to, output by output. */
async function sampleBatch(
  session: Session,
  watched: readonly Watched[],
  feeds: Readonly<Record<string, Tensor>>,
  { count }: Sampling,
  batch: number,
): Promise<readonly (Watched & { readonly spread: Spread })[]> {
  const sampled = watched.map((output) => ({ ...output, spread: new Spread(batch * output.width) }))
  for (let iteration = 0; iteration < count; iteration++) {
    const outputs = await session.run({ ...feeds, iteration: tensorOf('int64', [], [iteration]) })
    for (const output of sampled) output.spread.add(samplesOf(output, outputs))
  }
  return sampled
}

/**
 * Mean and standard deviation of so many sampled predictions of every row: the same for the same seed, whichever rows come
 * after. Throws a CallError where nothing is random.
 */
export async function predictSampled(
  source: PredictionSource,
  sampling: Sampling,
  options: SessionOptions,
): Promise<PredictionTable> {
  const { session, program, batch, known, seed } = await openSampled(source, options)
  const watched = watch(program, source.preprocessing)
  const lines: string[][] = []
  try {
    for (let from = 0; from < source.rows; from += batch) {
      const own = mix((sampling.seed ?? seed) ^ mix(from / batch))
      const feeds = { ...known, ...rowsFed(source, program, from, batch), seed: tensorOf('uint32', [], [own]) }
      const sampled = await sampleBatch(session, watched, feeds, sampling, batch)
      for (let row = 0; row < Math.min(batch, source.rows - from); row++)
        lines.push(sampled.flatMap((output) => lineOf(output, output.spread, row)))
    }
  } finally {
    await session.release()
  }
  const header = watched.flatMap(({ names, width, predictsClasses }) =>
    headerOf(names, width).flatMap((column, index) =>
      predictsClasses && index === 0 ? [column] : [column, `${column}_deviation`],
    ),
  )
  return { header, lines }
}
