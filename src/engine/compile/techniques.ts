/** The techniques of the whole run, as the compiler calls them. */
import type { HookContext, RegularizerDefinition } from '../define.ts'
import { requireDefinition } from '../definitions.ts'
import type { Builder } from '../ops/builder.ts'
import type { Project, Setting } from '../project/project.ts'
import { namesOf, scalarOf, valuesOf, type Surroundings } from './forward.ts'

export interface Technique {
  /** The name it is reported under: `labelSmoothing`, `dense1/kernel/l1`. */
  readonly name: string
  /** Where it is set, for issues. */
  readonly path: string
  readonly definition: RegularizerDefinition
  readonly context: HookContext
}

/** A technique with what its hooks get. */
export function techniqueOf(
  g: Builder,
  name: string,
  path: string,
  setting: Setting,
  surroundings: Pick<Surroundings, 'live'>,
): Technique {
  const definition = requireDefinition('regularizer', setting.kind, path)
  return {
    name,
    path,
    definition,
    context: { g, params: valuesOf(definition, setting), scalar: scalarOf(g, definition, setting, name, surroundings) },
  }
}

/** The techniques of the whole run, in their order. */
export function techniquesOf(
  { training: { regularizers } }: Project,
  g: Builder,
  surroundings: Pick<Surroundings, 'live'>,
): readonly Technique[] {
  const names = namesOf(regularizers)
  return regularizers.map((setting, index) =>
    techniqueOf(g, names[index] ?? setting.kind, `training/regularizers/${index}`, setting, surroundings),
  )
}
