/** The registry of all definitions: every form, check, palette and reference page is derived from it. */
import { constraints } from './constraints/index.ts'
import type {
  ConstraintDefinition,
  Definition,
  Family,
  InitializerDefinition,
  LayerDefinition,
  LossDefinition,
  MetricDefinition,
  OptimizerDefinition,
  RegularizerDefinition,
  ScheduleDefinition,
} from './define.ts'
import { initializers } from './initializers/index.ts'
import { layers } from './layers/index.ts'
import { losses } from './losses/index.ts'
import { lossMetrics } from './lossMetrics.ts'
import { metrics } from './metrics/index.ts'
import { optimizers } from './optimizers/index.ts'
import { fail, type ParamValue, type Setting } from './project/project.ts'
import { regularizers } from './regularizers/index.ts'
import { schedules } from './schedules/index.ts'

interface Families {
  readonly layer: LayerDefinition
  readonly loss: LossDefinition
  readonly metric: MetricDefinition
  readonly regularizer: RegularizerDefinition
  readonly constraint: ConstraintDefinition
  readonly optimizer: OptimizerDefinition
  readonly schedule: ScheduleDefinition
  readonly initializer: InitializerDefinition
}

export const definitions: { readonly [F in Family]: Readonly<Record<string, Families[F]>> } = {
  layer: layers,
  loss: losses,
  metric: { ...lossMetrics(losses), ...metrics },
  regularizer: regularizers,
  constraint: constraints,
  optimizer: optimizers,
  schedule: schedules,
  initializer: initializers,
}

/** The definition of a kind, or undefined when the family has none of that name. */
export function definitionOf<F extends Family>(family: F, kind: string): Families[F] | undefined {
  return Object.hasOwn(definitions[family], kind) ? definitions[family][kind] : undefined
}

/** The definition of a kind; throws the issue that belongs to `path` when there is none. */
export function requireDefinition<F extends Family>(family: F, kind: string, path: string): Families[F] {
  return (
    definitionOf(family, kind) ??
    fail(path, `There is no ${family} called "${kind}"; choose one of ${Object.keys(definitions[family]).join(', ')}.`)
  )
}

/** A setting's parameters, every one left out at its default. */
export function filled(definition: Definition, setting: Setting): Readonly<Record<string, ParamValue>> {
  return Object.fromEntries(
    Object.entries(definition.params).map(([name, param]) => {
      const value = setting.params[name]
      return [name, value === undefined ? param.default : value]
    }),
  )
}
