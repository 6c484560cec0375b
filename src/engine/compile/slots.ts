/** The state that a run keeps beside its weights. */
import type { Slots } from '../define.ts'
import { requireDefinition } from '../definitions.ts'
import type { Project } from '../project/project.ts'
import { namesOf, valuesOf } from './forward.ts'
import type { SlotSpec, WeightSpec } from './program.ts'

/** The optimizer of a project, and over how many steps it adds up gradients before it acts. */
export function optimizerOf({ training: { optimizer } }: Project) {
  const definition = requireDefinition('optimizer', optimizer.kind, 'training/optimizer')
  const params = valuesOf(definition, optimizer)
  return { definition, params, accumulated: Number(params.accumulatedSteps ?? 1) }
}

/** The slot that holds the gradients of earlier steps. */
export const accumulatedSlot = 'accumulated'

/** The state each trained weight needs: `<weight>/<slot>` of the optimizer, `<weight>/<technique>.<slot>` of a technique. */
export function slotsOf(project: Project, weights: readonly WeightSpec[]): readonly SlotSpec[] {
  const { definition, params, accumulated } = optimizerOf(project)
  const techniques = trackersOf(project)
  return weights
    .filter(({ trainable }) => trainable)
    .flatMap(({ name, shape }) => {
      const specs = (slots: Slots, prefix: string): SlotSpec[] =>
        Object.entries(slots).map(([slot, start]) => ({
          name: `${name}/${prefix}${slot}`,
          ...(typeof start === 'number' ? { shape, fill: start } : start),
        }))
      return [
        ...specs(definition.slots(params, shape, name), ''),
        ...(accumulated > 1 ? specs({ [accumulatedSlot]: 0 }, '') : []),
        ...techniques.flatMap((each) => specs(each.definition.slots?.(each.params) ?? {}, `${each.name}.`)),
      ]
    })
}

/** The techniques of the run that keep state. */
function trackersOf({ training: { regularizers } }: Project) {
  const names = namesOf(regularizers)
  return regularizers
    .map((setting, index) => {
      const definition = requireDefinition('regularizer', setting.kind, `training/regularizers/${index}`)
      return { name: names[index] ?? setting.kind, definition, params: valuesOf(definition, setting) }
    })
    .filter(({ definition }) => definition.slots)
}

/** By the name of a weight: the slot that replaces it when training ends. */
export function finalSlots(project: Project, weights: readonly WeightSpec[]): ReadonlyMap<string, string> {
  const last = trackersOf(project).findLast(({ definition }) => definition.final)
  return new Map(
    last
      ? weights.flatMap(({ name, trainable }) =>
          trainable ? [[name, `${name}/${last.name}.${last.definition.final ?? ''}`]] : [],
        )
      : [],
  )
}
