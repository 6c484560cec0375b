import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import type { LiveSpec } from './program.ts'

/** Live settings as graph inputs, made when first asked for. */
export class LiveInputs {
  readonly specs = new Map<string, LiveSpec>()
  readonly #values = new Map<string, Value>()
  readonly #g: Builder

  constructor(g: Builder) {
    this.#g = g
  }

  read(spec: LiveSpec): Value {
    const known = this.#values.get(spec.name)
    if (known) return known
    const value = this.#g.input(spec.name, 'float32', [])
    this.specs.set(spec.name, spec)
    this.#values.set(spec.name, value)
    return value
  }
}
