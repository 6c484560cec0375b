/** Resize: every axis is interpolated on its own, one after another. */
import { forEachPosition, numbers, strides, whole, type Numbers } from './array.ts'
import type { Call, Operator } from './operator.ts'

/** Where an output element looks along an axis of `from` elements that becomes `to`. */
function source(call: Call, at: number, from: number, to: number, scale: number): number {
  switch (call.text('coordinate_transformation_mode') ?? 'half_pixel') {
    case 'half_pixel':
      return (at + 0.5) / scale - 0.5
    case 'pytorch_half_pixel':
      return to === 1 ? 0 : (at + 0.5) / scale - 0.5
    case 'align_corners':
      return to === 1 ? 0 : (at * (from - 1)) / (to - 1)
    case 'asymmetric':
      return at / scale
    default:
      throw new Error('Resize with coordinates unknown here')
  }
}

const rounding: Readonly<Record<string, (at: number) => number>> = {
  round_prefer_floor: (at) => Math.ceil(at - 0.5),
  round_prefer_ceil: (at) => Math.floor(at + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
}

function alongAxis(call: Call, x: Numbers, axis: number, to: number, scale: number): Numbers {
  const from = x.shape[axis]!
  const shape = x.shape.map((size, each) => (each === axis ? to : size))
  const steps = strides(x.shape)
  const data: number[] = []
  forEachPosition(shape, (position) => {
    const read = (at: number) => {
      const clamped = Math.min(Math.max(at, 0), from - 1)
      return x.data[steps.reduce((sum, step, each) => sum + step * (each === axis ? clamped : position[each]!), 0)]!
    }
    const at = source(call, position[axis]!, from, to, scale)
    if ((call.text('mode') ?? 'nearest') === 'nearest') {
      data.push(read(rounding[call.text('nearest_mode') ?? 'round_prefer_floor']!(at)))
    } else {
      const place = Math.min(Math.max(at, 0), from - 1)
      const [low, share] = [Math.floor(place), place - Math.floor(place)]
      data.push((1 - share) * read(low) + share * read(low + 1))
    }
  })
  return numbers(x.dtype, shape, data)
}

export const interpolation: Readonly<Record<string, Operator>> = {
  Resize: (call) => {
    const given = (index: number) => {
      const value = call.optional(index)
      return value && whole(value).length > 0 ? whole(value) : null
    }
    const [scales, sizes] = [given(2), given(3)]
    return [
      call.numbers(0).shape.reduce<Numbers>((x, size, axis) => {
        const to = sizes?.[axis] ?? Math.floor(size * scales![axis]!)
        const scale = scales?.[axis] ?? to / size
        return scale === 1 ? x : alongAxis(call, x, axis, to, scale)
      }, call.numbers(0)),
    ]
  },
}
