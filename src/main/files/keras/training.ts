/** What Keras' compile was given: optimizer, losses and metrics, for one output or several. */
import { definitionOf } from '#engine/definitions.ts'
import type { OutputSettings, ProjectGraph, Setting, TrainingSettings } from '#engine/project/project.ts'
import type { DrawnOutput } from './draw.ts'
import { kerasObject, type Fields } from './fields.ts'
import { readLoss, type ReadLoss } from './loss.ts'
import { readMetrics } from './metrics.ts'
import { readOptimizer } from './optimizer.ts'

/** Reads a model's training; reports what has no counterpart. */
export function readTraining(compiled: Fields, outputs: readonly DrawnOutput[], graph: ProjectGraph): TrainingSettings {
  const optimizer = readOptimizer(compiled)
  const weights = perOutput(compiled, 'loss_weights', outputs)
  const losses = perOutput(compiled, 'loss', outputs)
  const metrics = ['metrics', 'weighted_metrics'].map((name) => perOutput(compiled, name, outputs))
  const read = outputs.map(({ node }, index) => {
    const loss = lossOf(compiled, losses[index], assumedLoss(graph, node))
    const weight = weights[index] ?? (losses[index] === undefined && outputs.length > 1 ? 0 : 1)
    if (typeof weight !== 'number') compiled.unsupported('loss_weights', weight)
    return {
      node,
      weight: typeof weight === 'number' ? weight : 1,
      ...loss,
      metrics: metrics.flatMap((each) => readMetrics(each[index], loss.loss, compiled)),
    }
  })
  // How Keras runs the steps, not what they compute.
  compiled.ignore('run_eagerly', 'steps_per_execution', 'jit_compile', 'auto_scale_loss')
  compiled.finish()
  const [first] = read
  const single = read.length === 1
  if (single && first?.weight !== 1) compiled.unsupported('loss_weights', first?.weight)
  return {
    loss: first?.loss ?? { kind: 'meanSquaredError', params: {} },
    optimizer: optimizer?.optimizer ?? { kind: 'adam', params: {} },
    metrics: first?.metrics ?? [],
    ...(single ? {} : { outputs: Object.fromEntries(read.map((output) => [output.node, settingsOf(output)])) }),
    regularizers: [...smoothing(compiled, read), ...(optimizer?.regularizers ?? [])],
    // Keras' fit is told these each time, so the archive has none: its own defaults, but for the number of epochs.
    epochs: 50,
    batchSize: 32,
    shuffle: true,
    seed: 1,
  }
}

interface ReadOutput extends ReadLoss {
  readonly node: string
  readonly weight: number
  readonly metrics: readonly Setting[]
}

function settingsOf({ loss, metrics, weight }: ReadOutput): OutputSettings {
  return { loss, metrics, ...(weight === 1 ? {} : { weight }) }
}

/** What a setting of compile says of each output: a record by the outputs' names, a list in their order, or one for all. */
function perOutput(compiled: Fields, name: string, outputs: readonly DrawnOutput[]): readonly unknown[] {
  const value = compiled.raw(name)
  const [only] = outputs
  if (typeof value !== 'object' || value === null || kerasObject(value)) return outputs.map(() => value ?? undefined)
  const list: readonly unknown[] | null = Array.isArray(value) ? value : null
  const record = new Map<string, unknown>(list ? [] : Object.entries(value))
  if (outputs.length === 1 && only) return [list ?? record.get(only.name) ?? record.get(only.layer)]
  return outputs.map(
    ({ name: output, layer }, index) => (list ? list[index] : (record.get(output) ?? record.get(layer))) ?? undefined,
  )
}

function lossOf(compiled: Fields, value: unknown, assumed: string): ReadLoss {
  const loose = { loss: { kind: assumed, params: {} }, smoothing: 0 }
  const [inner, ...others] = Array.isArray(value) ? (value as readonly unknown[]) : [value]
  if (inner === undefined || inner === null) {
    compiled.warning(`it was saved without a loss, so ${assumed} is assumed; choose another if that is wrong`, 'loss')
    return loose
  }
  const object = others.length === 0 ? kerasObject(inner) : undefined
  if (object) return readLoss(object, compiled) ?? loose
  compiled.error('several losses for one output are not supported yet', 'loss')
  return loose
}

/** The usual loss for what a layer puts out. */
function assumedLoss({ nodes }: ProjectGraph, node: string): string {
  const activation = nodes.find(({ name }) => name === node)?.params['activation']
  if (activation === 'sigmoid') return 'binaryCrossentropy'
  return activation === 'softmax' ? 'sparseCategoricalCrossentropy' : 'meanSquaredError'
}

/** Label smoothing is a technique of the whole run here; Keras has it in each loss. */
function smoothing(compiled: Fields, losses: readonly ReadLoss[]): readonly Setting[] {
  const amounts = losses
    .filter(({ loss }) => definitionOf('loss', loss.kind)?.target !== 'value')
    .map((loss) => loss.smoothing)
  const [amount = 0] = amounts
  if (amounts.some((other) => other !== amount)) {
    compiled.error('label smoothing in some losses only is not supported yet; give all of them the same', 'loss')
  }
  return amount > 0 ? [{ kind: 'labelSmoothing', params: { amount } }] : []
}
