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

/** A value after a layer. */
function after(x: tf.SymbolicTensor, layer: Layer): tf.SymbolicTensor {
  const apply = (made: tf.layers.Layer, value: tf.SymbolicTensor | tf.SymbolicTensor[] = x): tf.SymbolicTensor =>
    [made.apply(value)].flat()[0] as tf.SymbolicTensor
  switch (layer.kind) {
    case 'dense': {
      const { units, activation, penalty } = layer
      const kernelRegularizer = penalty && tf.regularizers.l1l2({ l1: 0, l2: 0, [penalty.kind]: penalty.strength })
      return apply(tf.layers.dense({ units, activation, ...(kernelRegularizer ? { kernelRegularizer } : {}) }))
    }
    case 'convolution': {
      const { filters, size, stride, bias } = layer
      return apply(
        tf.layers.conv2d({ filters, kernelSize: size, strides: stride, padding: 'same', useBias: bias }),
      )
    }
    case 'dropout':
      return apply(tf.layers.dropout({ rate: layer.rate }))
    case 'relu':
      return apply(tf.layers.reLU())
    case 'maxPooling':
      return apply(tf.layers.maxPooling2d({ poolSize: 2 }))
    case 'globalAveragePooling':
      return apply(tf.layers.globalAveragePooling2d({}))
    case 'batchNormalization':
      return apply(tf.layers.batchNormalization())
    case 'flatten':
      return apply(tf.layers.flatten())
    case 'residual': {
      const ways = [layer.layers, layer.shortcut].map((way) => way.reduce(after, x))
      return apply(tf.layers.add(), ways)
    }
  }
}

function buildModel(workload: Workload): tf.LayersModel {
  const inputs = tf.input({ shape: [...workload.input] })
  const model = tf.model({ inputs, outputs: workload.layers.reduce(after, inputs) })
  model.compile({
    optimizer: tf.train.adam(workload.learningRate),
    loss: classesOf(workload) === 2 ? 'binaryCrossentropy' : 'sparseCategoricalCrossentropy',
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
