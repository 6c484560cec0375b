/** A part of a constant. */
import type { Tensor, TensorData } from './graph.ts'

/** The slices of a tensor at these indices of an axis, in their order. */
export function take({ dtype, shape, data }: Tensor, axis: number, indices: readonly number[]): Tensor {
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1)
  const outer = shape.slice(0, axis).reduce((product, size) => product * size, 1)
  const size = shape[axis] ?? 1
  const sources = new Uint32Array(outer * indices.length * inner)
  let to = 0
  for (let before = 0; before < outer; before++) {
    for (const index of indices) {
      const from = (before * size + index) * inner
      for (let after = 0; after < inner; after++) sources[to++] = from + after
    }
  }
  const sizes = shape.map((dim, at) => (at === axis ? indices.length : dim))
  return { dtype, shape: sizes, data: picked(data, sources) }
}

function picked(data: TensorData, sources: Uint32Array): TensorData {
  if (Array.isArray(data)) return Array.from(sources, (source) => String(data[source]))
  const result = data.slice(0, sources.length)
  if (result instanceof BigInt64Array) sources.forEach((source, at) => (result[at] = BigInt(data[source] ?? 0)))
  else if (!Array.isArray(result)) sources.forEach((source, at) => (result[at] = Number(data[source])))
  return result
}
