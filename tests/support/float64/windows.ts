/** Convolutions and pools: a window that moves over the axes behind batch and channels. */
import { count, forEachPosition, numbers, strides, whole, type Numbers } from './array.ts'
import type { Call, Operator } from './operator.ts'

interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly begins: readonly number[]
  readonly ends: readonly number[]
}

function windowOf(call: Call, kernel: readonly number[], sizes: readonly number[]): Window {
  const ones = kernel.map(() => 1)
  const [steps, dilations] = [call.ints('strides') ?? ones, call.ints('dilations') ?? ones]
  const pads = call.ints('pads') ?? [...kernel, ...kernel].map(() => 0)
  const automatic = call.text('auto_pad') ?? 'NOTSET'
  if (!automatic.startsWith('SAME'))
    return { kernel, strides: steps, dilations, begins: pads.slice(0, kernel.length), ends: pads.slice(kernel.length) }
  const total = sizes.map((size, axis) => {
    const covered = (Math.ceil(size / steps[axis]!) - 1) * steps[axis]! + (kernel[axis]! - 1) * dilations[axis]! + 1
    return Math.max(0, covered - size)
  })
  const [less, more] = [total.map((pad) => Math.floor(pad / 2)), total.map((pad) => Math.ceil(pad / 2))]
  const upper = automatic === 'SAME_UPPER'
  return { kernel, strides: steps, dilations, begins: upper ? less : more, ends: upper ? more : less }
}

function places(window: Window, sizes: readonly number[], ceil: boolean): number[] {
  return sizes.map((size, axis) => {
    const [begin, end, step] = [window.begins[axis]!, window.ends[axis]!, window.strides[axis]!]
    const extent = (window.kernel[axis]! - 1) * window.dilations[axis]! + 1
    const room = size + begin + end - extent
    if (!ceil) return Math.floor(room / step) + 1
    const most = Math.ceil(room / step) + 1
    return (most - 1) * step >= size + begin ? most - 1 : most
  })
}

/** The place in the input that an offset of the window looks at, when the window stands at `place`. */
function look(window: Window, place: readonly number[], offset: readonly number[]): number[] {
  return place.map((at, axis) => {
    return at * window.strides[axis]! + offset[axis]! * window.dilations[axis]! - window.begins[axis]!
  })
}

const inside = (at: readonly number[], sizes: readonly number[]) =>
  at.every((each, axis) => each >= 0 && each < sizes[axis]!)

function indexOf(shape: readonly number[], position: readonly number[]): number {
  return strides(shape).reduce((index, step, axis) => index + step * position[axis]!, 0)
}

type Sight = readonly [place: number, offset: number, at: number]

const sights = new Map<string, readonly Sight[]>()

/** Every element that a window sees: at which place, at which offset within the window, and where in the input. */
function seen(window: Window, sizes: readonly number[], places: readonly number[]): readonly Sight[] {
  const key = [window.kernel, window.strides, window.dilations, window.begins, sizes, places].join(';')
  const known = sights.get(key)
  if (known) return known
  const result: Sight[] = []
  forEachPosition(places, (place, placeIndex) => {
    forEachPosition(window.kernel, (offset, offsetIndex) => {
      const at = look(window, place, offset)
      if (inside(at, sizes)) result.push([placeIndex, offsetIndex, indexOf(sizes, at)])
    })
  })
  sights.set(key, result)
  return result
}

/** Calls back with an element of the convolution's input, of its kernel and of its output that are multiplied and added. */
function convolve(
  input: readonly number[],
  kernel: readonly number[],
  output: readonly number[],
  window: Window,
  group: number,
  visit: (input: number, kernel: number, output: number) => void,
): void {
  const [images, features] = [output[0]!, output[1]!]
  const channels = kernel[1]!
  const all = seen(window, input.slice(2), output.slice(2))
  const [inputSize, kernelSize, outputSize] = [input, kernel, output].map((shape) => count(shape.slice(2))) as [
    number,
    number,
    number,
  ]
  for (let image = 0; image < images; image++) {
    for (let feature = 0; feature < features; feature++) {
      const first = image * input[1]! + Math.floor(feature / (features / group)) * channels
      for (let channel = 0; channel < channels; channel++) {
        for (const [place, offset, at] of all) {
          visit(
            (first + channel) * inputSize + at,
            (feature * channels + channel) * kernelSize + offset,
            (image * features + feature) * outputSize + place,
          )
        }
      }
    }
  }
}

function addBias(call: Call, y: Numbers): Numbers {
  if (!call.optional(2)) return y
  const bias = call.numbers(2)
  const inner = count(y.shape.slice(2))
  return numbers(
    y.dtype,
    y.shape,
    y.data.map((value, index) => value + bias.data[Math.floor(index / inner) % y.shape[1]!]!),
  )
}

interface Pool {
  readonly window: Window
  readonly x: Numbers
  /** The places of one channel. */
  readonly places: readonly number[]
  /** The indices of the input's elements under the window, at each place of the output. */
  readonly under: readonly (readonly number[])[]
}

function poolOf(call: Call): Pool {
  const x = call.numbers(0)
  const sizes = x.shape.slice(2)
  const window = windowOf(call, call.ints('kernel_shape') ?? [], sizes)
  const own = places(window, sizes, call.int('ceil_mode') === 1)
  const channel: number[][] = Array.from({ length: count(own) }, () => [])
  for (const [place, , at] of seen(window, sizes, own)) channel[place]!.push(at)
  const channels = Array.from({ length: x.shape[0]! * x.shape[1]! }, (_, index) => index * count(sizes))
  return {
    window,
    x,
    places: own,
    under: channels.flatMap((start) => channel.map((all) => all.map((at) => start + at))),
  }
}

function pooled({ x, places: own }: Pool, dtype: Numbers['dtype'], values: readonly number[]): Numbers {
  return numbers(dtype, [...x.shape.slice(0, 2), ...own], values)
}

/** How much each place of a channel is divided by when the padding counts, but not what a last window has beyond it. */
function padded({ window, x, places: own }: Pool): number[] {
  const counts: number[] = []
  forEachPosition(own, (place) => {
    const lengths = place.map((at, axis) => {
      const start = at * window.strides[axis]! - window.begins[axis]!
      return Math.min(start + window.kernel[axis]!, x.shape[axis + 2]! + window.ends[axis]!) - start
    })
    counts.push(count(lengths))
  })
  return counts
}

/** All places of each channel as one number. */
const global =
  (compute: (elements: Float64Array) => number): Operator =>
  (call) => {
    const x = call.numbers(0)
    const size = count(x.shape.slice(2))
    const channels = Array.from({ length: x.data.length / size }, (_, k) => x.data.subarray(k * size, (k + 1) * size))
    return [
      numbers(
        x.dtype,
        x.shape.map((dim, axis) => (axis < 2 ? dim : 1)),
        channels.map(compute),
      ),
    ]
  }

export const windows: Readonly<Record<string, Operator>> = {
  Conv: (call) => {
    const [x, w] = [call.numbers(0), call.numbers(1)]
    const window = windowOf(call, w.shape.slice(2), x.shape.slice(2))
    const shape = [x.shape[0]!, w.shape[0]!, ...places(window, x.shape.slice(2), false)]
    const sum = new Float64Array(count(shape))
    convolve(x.shape, w.shape, shape, window, call.int('group') ?? 1, (from, by, to) => {
      sum[to] = sum[to]! + x.data[from]! * w.data[by]!
    })
    return [addBias(call, numbers(x.dtype, shape, sum))]
  },
  ConvTranspose: (call) => {
    const [x, w] = [call.numbers(0), call.numbers(1)]
    const group = call.int('group') ?? 1
    const given = windowOf(call, w.shape.slice(2), x.shape.slice(2))
    const extra = call.ints('output_padding') ?? w.shape.slice(2).map(() => 0)
    const free = x.shape.slice(2).map((size, axis) => {
      const extent = (given.kernel[axis]! - 1) * given.dilations[axis]! + 1
      return (size - 1) * given.strides[axis]! + extent + extra[axis]!
    })
    const wanted = call.ints('output_shape')
    const total = free.map((size, axis) => size - (wanted?.[axis] ?? size - given.begins[axis]! - given.ends[axis]!))
    const window = wanted ? { ...given, begins: total.map((pad) => Math.ceil(pad / 2)) } : given
    const shape = [x.shape[0]!, w.shape[1]! * group, ...free.map((size, axis) => size - total[axis]!)]
    const sum = new Float64Array(count(shape))
    // The convolution that leads back: what it reads is written here.
    convolve(shape, w.shape, x.shape, window, group, (to, by, from) => {
      sum[to] = sum[to]! + x.data[from]! * w.data[by]!
    })
    return [addBias(call, numbers(x.dtype, shape, sum))]
  },
  ConvInputGradient: (call) => {
    const [dy, w] = [call.numbers(0), call.numbers(1)]
    const group = call.int('group') ?? 1
    const shape = [dy.shape[0]!, w.shape[1]! * group, ...(call.ints('sizes') ?? [])]
    const sum = new Float64Array(count(shape))
    const window = windowOf(call, w.shape.slice(2), shape.slice(2))
    convolve(shape, w.shape, dy.shape, window, group, (to, by, from) => {
      sum[to] = sum[to]! + dy.data[from]! * w.data[by]!
    })
    return [numbers(dy.dtype, shape, sum)]
  },
  ConvWeightGradient: (call) => {
    const [x, dy] = [call.numbers(0), call.numbers(1)]
    const group = call.int('group') ?? 1
    const kernel = call.ints('kernel_shape') ?? []
    const shape = [dy.shape[1]!, x.shape[1]! / group, ...kernel]
    const sum = new Float64Array(count(shape))
    const window = windowOf(call, kernel, x.shape.slice(2))
    convolve(x.shape, shape, dy.shape, window, group, (from, to, by) => {
      sum[to] = sum[to]! + x.data[from]! * dy.data[by]!
    })
    return [numbers(x.dtype, shape, sum)]
  },
  MaxPoolGradient: (call) => {
    const [x, dy] = [call.numbers(0), call.numbers(2)]
    const sum = new Float64Array(x.data.length)
    poolOf(call).under.forEach((all, place) => {
      const first = all.reduce((best, index) => (x.data[index]! > x.data[best]! ? index : best))
      sum[first] = sum[first]! + dy.data[place]!
    })
    return [numbers(x.dtype, x.shape, sum)]
  },
  MaxPool: (call) => {
    const pool = poolOf(call)
    const { data } = pool.x
    const first = pool.under.map((all) => all.reduce((best, index) => (data[index]! > data[best]! ? index : best)))
    return [
      pooled(
        pool,
        pool.x.dtype,
        first.map((index) => data[index]!),
      ),
      pooled(pool, 'int64', first),
    ]
  },
  MaxUnpool: (call) => {
    const [x, indices] = [call.numbers(0), call.numbers(1)]
    const window = windowOf(call, call.ints('kernel_shape') ?? [], x.shape.slice(2))
    const smallest = x.shape.slice(2).map((size, axis) => {
      return (size - 1) * window.strides[axis]! + window.kernel[axis]! - window.begins[axis]! - window.ends[axis]!
    })
    const given = call.optional(2)
    const shape = given ? whole(given) : [...x.shape.slice(0, 2), ...smallest]
    const data = new Float64Array(count(shape))
    x.data.forEach((value, index) => (data[indices.data[index]!] = value))
    return [numbers(x.dtype, shape, data)]
  },
  AveragePool: (call) => {
    const pool = poolOf(call)
    const counts = call.int('count_include_pad') === 1 ? padded(pool) : null
    const means = pool.under.map((all, place) => {
      const sum = all.reduce((total, index) => total + pool.x.data[index]!, 0)
      return sum / (counts ? counts[place % counts.length]! : all.length)
    })
    return [pooled(pool, pool.x.dtype, means)]
  },
  GlobalMaxPool: global((elements) => Math.max(...elements)),
  GlobalAveragePool: global((elements) => elements.reduce((sum, element) => sum + element, 0) / elements.length),
}
