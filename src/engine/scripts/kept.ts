/** The trained weights of a script with what acts on each. */
import type { Setting } from '../project/project.ts'
import { settingsIn, type ScriptLayer, type ScriptPlan, type ScriptWeight } from './plan.ts'

export interface Kept {
  readonly layer: ScriptLayer
  readonly weight: ScriptWeight
  readonly regularizers: readonly Setting[]
  readonly constraints: readonly Setting[]
}

/** All weights that learn; a layer names its settings after its weights: `kernelRegularizers`. */
export function keptWeights({ layers }: ScriptPlan): readonly Kept[] {
  return layers.flatMap((layer) =>
    layer.weights
      .filter(({ trainable }) => trainable)
      .map((weight) => ({
        layer,
        weight,
        regularizers: ofWeight(layer, weight, 'Regularizers'),
        constraints: ofWeight(layer, weight, 'Constraints'),
      })),
  )
}

function ofWeight({ params }: ScriptLayer, { own }: ScriptWeight, what: string): readonly Setting[] {
  const last = own.split('/').at(-1) ?? own
  // Layers name the settings of `recurrentKernel` after `recurrent`, and depthwise ones those of their kernel after `depthwise`.
  const names = new Set([last, last.replace(/Kernel$/, ''), ...(last === 'kernel' ? ['depthwise'] : [])])
  return [...names].flatMap((name) => settingsIn(params[`${name}${what}`]))
}
