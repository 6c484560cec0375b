/** What the weights are before the first step and after the last. */
import { createRandom } from '#engine/random.ts'
import type { SlotSpec, WeightSpec } from '#engine/compile/program.ts'
import { filled, requireDefinition } from '#engine/definitions.ts'
import { formatShape, sameShape } from '#engine/graph/graph.ts'
import type { Issue } from '#engine/project/project.ts'
import { floatTensor, type FloatTensor, type Tensors } from './state.ts'

function initialize(spec: WeightSpec, seed: number): FloatTensor {
  const definition = requireDefinition('initializer', spec.initializer.kind, `graph/${spec.name}`)
  const { shape, fanIn, fanOut } = spec
  const random = createRandom(seed, `initializer/${spec.name}`)
  return {
    dtype: 'float32',
    shape,
    data: definition.fill({ shape, fanIn, fanOut, random }, filled(definition, spec.initializer)),
  }
}

/**
 * Weights as their initializers fill them, each from a stream of its own, so that adding a layer leaves the others'
 * starting values alone. `imported` ones take precedence where their shape fits.
 */
export function initialWeights(specs: readonly WeightSpec[], seed: number, imported: Tensors | null): Tensors {
  return new Map(
    specs.map((spec) => {
      const given = imported?.get(spec.name)
      if (!given || !sameShape(given.shape, spec.shape)) return [spec.name, initialize(spec, seed)]
      return [spec.name, { ...given, shape: spec.shape, data: given.data.slice() }]
    }),
  )
}

const listed = 5

const list = (names: readonly string[]): string =>
  [...names.slice(0, listed), ...(names.length > listed ? [`${names.length - listed} more`] : [])].join(', ')

/** What a run tells of starting weights that a project brings along: which of them no longer belong to its network. */
export function importedWarnings(
  specs: readonly WeightSpec[],
  imported: Tensors | null,
): { readonly warnings?: Issue[] } {
  const warnings = importedIssues(specs, imported)
  return warnings.length > 0 ? { warnings } : {}
}

function importedIssues(specs: readonly WeightSpec[], imported: Tensors | null): Issue[] {
  if (!imported) return []
  const known = new Map(specs.map((spec) => [spec.name, spec]))
  const lost = [...imported.keys()].filter((name) => !known.has(name))
  const changed = specs.filter(({ name, shape }) => {
    const given = imported.get(name)
    return given && !sameShape(given.shape, shape)
  })
  const issues: Issue[] = []
  if (lost.length > 0)
    issues.push({
      severity: 'warning',
      path: 'graph',
      message: `Starting weights that match no layer any more are not used (${list(lost)}); give the layers the names they came with, or import the model again.`,
    })
  const [first] = changed
  if (first) {
    const shapes = changed.map(
      ({ name, shape }) => `${name} is ${formatShape(shape)}, not ${formatShape(imported.get(name)?.shape ?? [])}`,
    )
    issues.push({
      severity: 'warning',
      path: `graph/${first.name.slice(0, first.name.lastIndexOf('/'))}`,
      message: `Starting weights of another shape are not used, and these begin anew (${list(shapes)}); undo the change of their layers to keep them.`,
    })
  }
  return issues
}

/** Optimizer state as it is before the first step. */
export function initialSlots(specs: readonly SlotSpec[]): Tensors {
  return new Map(specs.map((spec) => [spec.name, floatTensor(spec.shape, spec.fill)]))
}

/** Weights as they are when training ends: those that `final` names take the value of the slot it names. */
export function finalWeights(weights: Tensors, slots: Tensors, final: ReadonlyMap<string, string>): Tensors {
  return new Map(
    [...weights].map(([name, tensor]) => {
      const slot = final.get(name)
      return [name, (slot === undefined ? undefined : slots.get(slot)) ?? tensor]
    }),
  )
}
