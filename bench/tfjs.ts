/** The same training in TensorFlow.js, on whichever of its backends without a native part is the fastest here. */
import * as tf from '@tensorflow/tfjs'
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { takeTurns } from './turns.ts'
import { classesOf, type Layer, type Workload } from './workloads.ts'

const backends = ['wasm', 'cpu'] as const

/** Longest that one call of `fit` is meant to take, seconds. */
const patience = 2

function layerOf(layer: Layer): tf.layers.Layer {
  switch (layer.kind) {
    case 'dense': {
      const { units, activation, penalty } = layer
      const kernelRegularizer = penalty && tf.regularizers.l1l2({ l1: 0, l2: 0, [penalty.kind]: penalty.strength })
      return tf.layers.dense({ units, activation, ...(kernelRegularizer ? { kernelRegularizer } : {}) })
    }
    case 'dropout':
      return tf.layers.dropout({ rate: layer.rate })
    default:
      throw new Error(`${layer.kind} is not trained here.`)
  }
}

function buildModel({ layers, input, learningRate }: Workload): tf.Sequential {
  const model = tf.sequential({
    layers: [tf.layers.inputLayer({ inputShape: [...input] }), ...layers.map(layerOf)],
  })
  const last = layers.at(-1)
  const isBinary = last?.kind === 'dense' && last.activation === 'sigmoid'
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
    const { rows, input, batch } = workload
    const model = buildModel(workload)
    const x = tf.randomNormal([rows, ...input])
    const classes = tf.tensor2d(Array.from({ length: rows }, (_, row) => [row % classesOf(workload)]))
    const fit = async (steps: number): Promise<void> => {
      const part = Math.min(rows, steps * batch)
      const [some, targets] = [x.slice(0, part), classes.slice(0, part)]
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
