/** The same training in TensorFlow.js, on whichever of its backends without a native part is the fastest here. */
import * as tf from '@tensorflow/tfjs'
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { takeTurns } from './turns.ts'
import { classesOf, type DenseLayer, type Workload } from './workloads.ts'

const backends = ['wasm', 'cpu'] as const

/** Longest that one call of `fit` is meant to take, seconds. */
const patience = 2

function layersOf(
  { units, activation, penalty, dropout }: DenseLayer,
  inputShape: number[] | undefined,
): tf.layers.Layer[] {
  const dense = tf.layers.dense({
    units,
    activation,
    ...(inputShape ? { inputShape } : {}),
    ...(penalty ? { kernelRegularizer: tf.regularizers.l1l2({ l1: 0, l2: 0, [penalty.kind]: penalty.strength }) } : {}),
  })
  return dropout === undefined ? [dense] : [dense, tf.layers.dropout({ rate: dropout })]
}

function buildModel({ layers, features, learningRate }: Workload): tf.Sequential {
  const model = tf.sequential({
    layers: layers.flatMap((layer, index) => layersOf(layer, index === 0 ? [features] : undefined)),
  })
  const isBinary = layers.at(-1)?.activation === 'sigmoid'
  model.compile({
    optimizer: tf.train.adam(learningRate),
    loss: isBinary ? 'binaryCrossentropy' : 'sparseCategoricalCrossentropy',
  })
  return model
}

interface Trial {
  readonly backend: string
  readonly secondsPerStep: number
  fit(steps: number): Promise<void>
}

/** Builds the model on a backend and makes a few steps; null where the backend lacks something that training needs. */
async function tryBackend(backend: string, workload: Workload): Promise<Trial | null> {
  try {
    if (!(await tf.setBackend(backend))) return null
    const { rows, features, batch } = workload
    const model = buildModel(workload)
    const x = tf.randomNormal<tf.Rank.R2>([rows, features])
    const classes = tf.tensor2d(Array.from({ length: rows }, (_, row) => [row % classesOf(workload)]))
    const fit = async (steps: number): Promise<void> => {
      const part = Math.min(rows, steps * batch)
      const [some, targets] = [x.slice([0, 0], [part, features]), classes.slice([0, 0], [part, 1])]
      await model.fit(some, targets, { batchSize: batch, epochs: 1, shuffle: true, verbose: 0, yieldEvery: 'never' })
      tf.dispose([some, targets])
    }
    await fit(1)
    const started = performance.now()
    await fit(2)
    return { backend, secondsPerStep: (performance.now() - started) / 2000, fit }
  } catch {
    return null
  }
}

await takeTurns(async ({ workload, threads }) => {
  const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))
  setWasmPaths(`${folder}/`)
  setThreadsCount(threads)
  const trials: Trial[] = []
  for (const backend of backends) {
    const trial = await tryBackend(backend, workload)
    if (trial) trials.push(trial)
  }
  const [best] = trials.sort((one, other) => one.secondsPerStep - other.secondsPerStep)
  if (!best) throw new Error(`None of the backends ${backends.join(', ')} trains this network.`)
  await tf.setBackend(best.backend)
  const steps = Math.max(1, Math.min(workload.rows / workload.batch, Math.floor(patience / best.secondsPerStep)))
  return {
    description: `${tf.version.tfjs}, ${best.backend}`,
    train: async () => {
      await best.fit(steps)
      return steps
    },
  }
})
