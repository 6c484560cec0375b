/** Random legal settings of any definition, drawn from what its parameters allow. */
import fc from 'fast-check'
import type { Definition, Param, Place, ValuesOf } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import type { ParamValue, Setting } from '#engine/project/project.ts'

interface Range {
  readonly min?: number
  readonly max?: number
  readonly exclusiveMin?: boolean
  readonly exclusiveMax?: boolean
}

/** Numbers in a range, or where it is open in a window of 4 from its bound (or around 0); in steps that float32 holds exactly. */
function realIn({ min, max, exclusiveMin, exclusiveMax }: Range): fc.Arbitrary<number> {
  const low = min ?? (max === undefined ? -2 : max - 4)
  const high = Math.min(max ?? Infinity, low + 4)
  const steps = 64
  return fc
    .integer({ min: exclusiveMin ? 1 : 0, max: exclusiveMax && high === max ? steps - 1 : steps })
    .map((step) => low + ((high - low) * step) / steps)
}

function wholeIn({ min = -3, max = Infinity }: Range): fc.Arbitrary<number> {
  return fc.integer({ min, max: Math.min(max, min + 5) })
}

/** Every value a parameter may take (shapes and lists excepted: what fits depends on the input, so they stay at their default). */
function legalValue(param: Param): fc.Arbitrary<ParamValue> {
  switch (param.type) {
    case 'number':
      return realIn(param)
    case 'integer':
      return wholeIn(param)
    case 'optional':
      return fc.option(param.whole ? wholeIn(param) : realIn(param))
    case 'boolean':
      return fc.boolean()
    case 'choice':
      return fc.constantFrom(...param.options)
    case 'text':
    case 'shape':
    case 'numbers':
      return fc.constant(param.default)
    case 'setting':
      return fc.constantFrom(...Object.keys(definitions[param.family])).map((kind) => ({ kind, params: {} }))
    case 'settings': {
      const fitting = Object.values<Definition & { readonly places?: readonly Place[] }>(
        definitions[param.family],
      ).filter(({ places }) => !param.place || places?.includes(param.place))
      return fc.subarray(fitting.map(({ kind }): Setting => ({ kind, params: {} })))
    }
  }
}

const drawn = new WeakMap<Definition, Map<number, readonly unknown[]>>()

/** Some legal fillings of a definition's parameters, always the same ones; the defaults come first. */
export function legalValues<D extends Definition>(definition: D, count: number): ValuesOf<D['params']>[] {
  const known = drawn.get(definition) ?? new Map<number, readonly unknown[]>()
  drawn.set(definition, known)
  const values = known.get(count) ?? draw(definition, count)
  known.set(count, values)
  return [...values] as ValuesOf<D['params']>[]
}

function draw({ params }: Definition, count: number): readonly unknown[] {
  const each = fc.record(Object.fromEntries(Object.entries(params).map(([name, param]) => [name, legalValue(param)])))
  const defaults = Object.fromEntries(Object.entries(params).map(([name, param]) => [name, param.default]))
  return [defaults, ...fc.sample(each, { numRuns: count, seed: 7 })]
}
