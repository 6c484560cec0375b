/** Ops that compute each element from those at its place: units go with the units they meet. */
import type { Value } from '../../../graph/graph.ts'
import { between, images, type Bounds } from '../bounds.ts'
import { placeAlong } from '../kernel.ts'
import type { Channels, Trace } from '../trace.ts'
import type { Rule } from './rule.ts'

/** Bounds of the elements of a constant for each place along an axis; of all of them where it has not that axis. */
function boundsAlong(trace: Trace, value: Value, axis: number, size: number): readonly Bounds[] | undefined {
  const tensor = trace.constantOf(value)
  if (!tensor || tensor.dtype === 'string') return undefined
  const along = axis >= 0 && value.shape[axis] !== 1
  const low = new Float64Array(size).fill(Infinity)
  const high = new Float64Array(size).fill(-Infinity)
  const placeOf = along ? placeAlong(tensor.shape, axis) : () => 0
  for (let element = 0; element < tensor.data.length; element++) {
    const [place, number] = [placeOf(element), Number(tensor.data[element])]
    low[place] = Math.min(low[place] ?? number, number)
    high[place] = Math.max(high[place] ?? number, number)
  }
  return Array.from({ length: size }, (_, place) => between(low[along ? place : 0] ?? 0, high[along ? place : 0] ?? 0))
}

export const elementwise: Rule = (trace, node) => {
  const [output] = node.outputs
  const image = images[node.op]
  if (!output || !image) return false
  const rank = output.shape.length
  /** The axis of an operand that meets an axis of the result; below 0 where it has none. */
  const meeting = (value: Value, axis: number): number => axis - rank + value.shape.length
  const met = node.inputs.flatMap((value) => {
    const channels = trace.channelsOf(value)
    return value && channels ? [{ axis: rank - value.shape.length + channels.axis, units: channels.units }] : []
  })
  const [first] = met
  if (!first) return false
  const { axis, units } = first
  const size = output.shape[axis]
  if (met.some((other) => other.axis !== axis || other.units.length !== size)) return false
  for (const other of met) trace.units.join(units, other.units)

  const operands = node.inputs.map((value): readonly Bounds[] | null => {
    if (!value) return null
    const channels: Channels | null = trace.channelsOf(value)
    if (channels) return channels.bounds
    const own = meeting(value, axis)
    const known = boundsAlong(trace, value, own, units.length)
    if (own >= 0 && value.shape[own] !== 1) {
      if (known) trace.claim(value, own, units)
      else trace.pin(units)
    }
    return known ?? units.map(() => ({ low: -Infinity, high: Infinity }))
  })
  const bounds = units.map((_, unit) =>
    image(
      node,
      operands.map((operand) => operand?.[unit] ?? null),
    ),
  )
  trace.set(output, { axis, units, bounds })
  return true
}

/** y = (x - mean) / √(variance + ε) · scale + bias, of each channel. */
export const batchNormalization: Rule = (trace, node) => {
  const [x, ...vectors] = node.inputs
  const [output] = node.outputs
  const channels = trace.channelsOf(x)
  if (!output || channels?.axis !== 1 || node.outputs.length > 1) return false
  const { units } = channels
  const epsilon = node.attributes['epsilon']
  const known = vectors.map((vector) => (vector ? boundsAlong(trace, vector, 0, units.length) : undefined))
  for (const vector of vectors) {
    if (!vector || !trace.constantOf(vector)) return false
    trace.claim(vector, 0, units)
  }
  const [scale, bias, mean, variance] = known
  const bounds = channels.bounds.map(({ low, high }, unit) => {
    const of = (part: typeof scale): number => part?.[unit]?.low ?? Number.NaN
    const factor = of(scale) / Math.sqrt(of(variance) + (epsilon?.type === 'float' ? epsilon.value : 1e-5))
    if (factor === 0) return between(of(bias), of(bias))
    const ends = [low, high].map((end) => (end - of(mean)) * factor + of(bias))
    return between(Math.min(...ends), Math.max(...ends))
  })
  trace.set(output, { axis: 1, units, bounds })
  return true
}
