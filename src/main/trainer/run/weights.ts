/** What the weights are before the first step and after the last. */
import { createRandom } from '#engine/random.ts'
import type { SlotSpec, WeightSpec } from '#engine/compile/program.ts'
import { filled, requireDefinition } from '#engine/definitions.ts'
import { fail } from '#engine/project/project.ts'
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
 * starting values alone. `imported` ones take precedence; an IssueError names one whose shape does not fit.
 */
export function initialWeights(specs: readonly WeightSpec[], seed: number, imported: Tensors | null): Tensors {
  return new Map(
    specs.map((spec) => {
      const given = imported?.get(spec.name)
      if (!given) return [spec.name, initialize(spec, seed)]
      if (given.shape.join() !== spec.shape.join()) {
        const [layer = spec.name] = spec.name.split('/')
        const shapes = `[${given.shape.join(', ')}], but the network needs [${spec.shape.join(', ')}]`
        fail(
          `graph/${layer}`,
          `The imported weight ${spec.name} has the shape ${shapes}; undo the change of its layer or import again.`,
        )
      }
      return [spec.name, { ...given, shape: spec.shape, data: given.data.slice() }]
    }),
  )
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
