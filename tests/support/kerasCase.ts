/** Reference cases that Keras trained: what went in, and what came out. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { definitionOf } from '#engine/definitions.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import type { Issue, Setting } from '#engine/project/project.ts'
import { snakeCase } from '#engine/scripts/keras/names.ts'
import { readSetting } from '#main/files/keras/definition.ts'
import { Fields, key } from '#main/files/keras/fields.ts'
import type { KerasImport } from '#main/files/keras/import.ts'
import { readNpy, readNpz } from './npy.ts'

const callbackSchema = v.looseObject({ class: v.string() })

const caseSchema = v.object({
  epochs: v.number(),
  batch_size: v.number(),
  shuffle: v.literal(false),
  callbacks: v.array(callbackSchema),
  /** By class number: the weight of the rows of that class. */
  class_weight: v.optional(v.nullable(v.record(v.string(), v.number()))),
  epochs_run: v.number(),
  history: v.record(v.string(), v.array(v.number())),
  loss_before: v.number(),
  loss_after: v.number(),
  tolerance: v.number(),
})

/** Rows as they were fed: by input and by output, in the order of the model. */
export interface KerasRows {
  readonly x: readonly Tensor[]
  readonly y: readonly Tensor[]
}

export interface KerasCase extends KerasRows {
  readonly facts: v.InferOutput<typeof caseSchema>
  readonly archive: Uint8Array
  /** Weights by the last two parts of their path in Keras, `dense/kernel`, `lstm_cell/recurrent_kernel`. */
  readonly initial: ReadonlyMap<string, Tensor>
  readonly final: ReadonlyMap<string, Tensor>
  readonly validation: KerasRows | null
  /** Outputs of the trained model on `x`. */
  readonly prediction: readonly Tensor[]
}

/** Reads a case's folder; arrays of several inputs or outputs are numbered, `x_0.npy`. */
export function readKerasCase(folder: string): KerasCase {
  const bytes = (name: string) => readFileSync(join(folder, name))
  const arrays = (name: string) => {
    const numbered = new RegExp(`^${name}(_\\d+)?\\.npy$`)
    return readdirSync(folder)
      .filter((file) => numbered.test(file))
      .sort()
      .map((file) => readNpy(bytes(file)))
  }
  const validation = { x: arrays('x_val'), y: arrays('y_val') }
  return {
    facts: v.parse(caseSchema, JSON.parse(bytes('case.json').toString())),
    archive: bytes('initial.keras'),
    initial: readNpz(bytes('initial.npz')),
    final: readNpz(bytes('final.npz')),
    x: arrays('x'),
    y: arrays('y'),
    validation: validation.x.length > 0 ? validation : null,
    prediction: arrays('pred'),
  }
}

/**
 * By Keras' name of a weight: ours. Where the owner goes by another name here (`lstm_cell` is `lstm`), and where two of Keras
 * have the same last parts, the starting values tell which it is; those of Keras' weights that were overwritten by a namesake
 * are not in the case.
 */
export function matchWeights(
  keras: ReadonlyMap<string, Tensor>,
  imported: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, string> {
  const free = new Set(imported.keys())
  const matches = new Map<string, string>()
  const parts = (name: string) => name.split('/').slice(-2).map(snakeCase)
  const take = (wanted: string, tensor: Tensor, sameOwner: boolean): void => {
    const [owner, variable] = wanted.split('/')
    const found = [...free].find((name) => {
      const [ownOwner, ownVariable] = parts(name)
      return ownVariable === variable && (ownOwner === owner || !sameOwner) && sameValues(imported.get(name), tensor)
    })
    if (found === undefined) return
    free.delete(found)
    matches.set(wanted, found)
  }
  for (const sameOwner of [true, false])
    for (const [name, tensor] of keras) if (!matches.has(name)) take(name, tensor, sameOwner)
  return matches
}

function sameValues(a: Tensor | undefined, b: Tensor): boolean {
  if (a === undefined || a.shape.join() !== b.shape.join()) return false
  const values = Array.from(b.data, Number)
  return Array.from(a.data, Number).every((value, index) => value === values[index])
}

const shortNames: Readonly<Record<string, string>> = {
  acc: 'accuracy',
  bce: 'binarycrossentropy',
  mae: 'meanabsoluteerror',
  mse: 'meansquarederror',
  mape: 'meanabsolutepercentageerror',
  msle: 'meansquaredlogarithmicerror',
}

/** A number of Keras' history as reports name it: `val_mae` is `validation/meanAbsoluteError`; null when it is not reported. */
export function reportedName(history: string, { project, outputs }: KerasImport): string | null {
  const validation = history.startsWith('val_')
  const part = validation ? 'validation' : 'train'
  const name = validation ? history.slice('val_'.length) : history
  if (name === 'loss') return `${part}/loss`
  const single = outputs.length === 1
  for (const output of outputs) {
    const measured = single ? name : name.startsWith(`${output.name}_`) ? name.slice(output.name.length + 1) : null
    if (measured === null) continue
    const prefix = single ? part : `${part}/${output.node}`
    if (measured === 'loss') return `${prefix}/loss`
    const metrics = project.training.outputs?.[output.node]?.metrics ?? project.training.metrics
    const kind = metricNamed(measured, metrics)
    if (kind !== undefined) return `${prefix}/${kind}`
  }
  return null
}

/** The metric that goes by a name, whatever number Keras has put behind it. */
function metricNamed(name: string, metrics: readonly Setting[]): string | undefined {
  const plain = key(name.replace(/_\d+$/, ''))
  const wanted = shortNames[plain] ?? plain
  const goesBy = (names: readonly (string | undefined)[]): boolean =>
    names.some((each) => each !== undefined && key(each) === wanted)
  // Keras' name for one form of targets may be the whole name of another metric.
  const named =
    metrics.find(({ kind }) => goesBy([kind, definitionOf('metric', kind)?.keras?.class])) ??
    metrics.find(({ kind }) => goesBy(Object.values(definitionOf('metric', kind)?.keras?.classes ?? {})))
  return named?.kind
}

/** The techniques that Keras has as callbacks and arguments of fit; throws on those Espalier does not have. */
export function fitTechniques({ callbacks, class_weight }: KerasCase['facts'], imported: KerasImport): Setting[] {
  const rules = callbacks.map(({ class: className, ...config }) => {
    const issues: Issue[] = []
    const setting = readSetting(new Fields({ className, config }, className, 'callbacks', issues), 'regularizer')
    if (!setting || issues.length > 0)
      throw new Error(issues[0]?.message ?? `The callback ${className} is not known here.`)
    const { monitor, minDelta } = setting.params
    return {
      ...setting,
      params: {
        ...setting.params,
        monitor: reportedName(String(monitor), imported) ?? String(monitor),
        // Keras takes the size of the number and not its sign.
        minDelta: Math.abs(Number(minDelta)),
      },
    }
  })
  if (!class_weight) return rules
  const classes = Math.max(...Object.keys(class_weight).map(Number)) + 1
  const weights = Array.from({ length: classes }, (_, index) => class_weight[index] ?? 1)
  return [...rules, { kind: 'classWeights', params: { mode: 'given', weights } }]
}
