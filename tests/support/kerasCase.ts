/** Reference cases that Keras trained: what went in, and what came out. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Tensor } from '#engine/graph/graph.ts'
import type { Setting } from '#engine/project/project.ts'
import { readNpy, readNpz } from './npy.ts'

const callbackSchema = v.looseObject({ class: v.string() })

const earlyStoppingSchema = v.strictObject({
  class: v.literal('EarlyStopping'),
  monitor: v.string(),
  mode: v.picklist(['auto', 'min', 'max']),
  min_delta: v.number(),
  patience: v.number(),
  baseline: v.nullable(v.number()),
  restore_best_weights: v.boolean(),
  start_from_epoch: v.number(),
})

const caseSchema = v.object({
  epochs: v.number(),
  batch_size: v.number(),
  shuffle: v.literal(false),
  callbacks: v.array(callbackSchema),
  epochs_run: v.number(),
  history: v.record(v.string(), v.array(v.number())),
  loss_before: v.number(),
  loss_after: v.number(),
  tolerance: v.number(),
})

export interface KerasCase {
  readonly facts: v.InferOutput<typeof caseSchema>
  readonly archive: Uint8Array
  readonly initial: ReadonlyMap<string, Tensor>
  readonly final: ReadonlyMap<string, Tensor>
  readonly x: Tensor
  readonly y: Tensor
  readonly validation: { readonly x: Tensor; readonly y: Tensor } | null
  /** Outputs of the trained model on `x`. */
  readonly prediction: Tensor
}

/** Reads a case's folder. */
export function readKerasCase(folder: string): KerasCase {
  const bytes = (name: string) => readFileSync(join(folder, name))
  const array = (name: string) => readNpy(bytes(name))
  const validated = existsSync(join(folder, 'x_val.npy'))
  return {
    facts: v.parse(caseSchema, JSON.parse(bytes('case.json').toString())),
    archive: bytes('initial.keras'),
    initial: readNpz(bytes('initial.npz')),
    final: readNpz(bytes('final.npz')),
    x: array('x.npy'),
    y: array('y.npy'),
    validation: validated ? { x: array('x_val.npy'), y: array('y_val.npy') } : null,
    prediction: array('pred.npy'),
  }
}

const metricNames: Readonly<Record<string, string>> = {
  loss: 'loss',
  accuracy: 'accuracy',
  mae: 'meanAbsoluteError',
  mse: 'meanSquaredError',
}

/** A number of Keras' history as reports name it: `val_mae` is `validation/meanAbsoluteError`. */
export function reportedName(keras: string): string {
  const validation = keras.startsWith('val_')
  const metric = validation ? keras.slice('val_'.length) : keras
  const name = metricNames[metric]
  if (name === undefined) throw new Error(`the number ${keras} in Keras' history is not known here`)
  return `${validation ? 'validation' : 'train'}/${name}`
}

/** The techniques that Keras has as callbacks; throws on those Espalier does not have. */
export function callbackRegularizers(callbacks: readonly v.InferOutput<typeof callbackSchema>[]): Setting[] {
  return callbacks.map((callback) => {
    if (callback.class !== 'EarlyStopping') throw new Error(`The callback ${callback.class} is not supported yet.`)
    const given = v.parse(earlyStoppingSchema, callback)
    return {
      kind: 'earlyStopping',
      params: {
        monitor: reportedName(given.monitor),
        mode: given.mode,
        // Keras takes the size of the number and not its sign.
        minDelta: Math.abs(given.min_delta),
        patience: given.patience,
        baseline: given.baseline,
        restoreBest: given.restore_best_weights,
        startFromEpoch: given.start_from_epoch,
      },
    }
  })
}
