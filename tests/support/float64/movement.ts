/** Operators that move, pick, repeat or make elements without computing with them. */
import {
  axisOf,
  broadcastSteps,
  broadcastShape,
  count,
  elements,
  forEachPosition,
  fromTensor,
  numbers,
  pick,
  strides,
  view,
  whole,
  wrap,
  type Array64,
  type Numbers,
} from './array.ts'
import type { Call, Operator } from './operator.ts'

function indexOf(shape: readonly number[], position: readonly number[]): number {
  return strides(shape).reduce((index, step, axis) => index + step * position[axis]!, 0)
}

/** Axes (or sizes) that became an input at opset 13 and were an attribute before. */
function wholeInput(call: Call, index: number, name: string): readonly number[] | undefined {
  const input = call.optional(index)
  return input ? whole(input) : call.ints(name)
}

function reshaped(array: Array64, shape: readonly number[]): Array64 {
  if (count(shape) !== count(array.shape)) {
    throw new Error(`[${array.shape.join(', ')}] does not reshape to [${shape.join(', ')}]`)
  }
  return { ...array, shape }
}

function slice(array: Array64, axis: number, start: number, size: number): Array64 {
  const shape = array.shape.map((own, each) => (each === axis ? size : own))
  const steps = strides(array.shape)
  return view(array, shape, start * steps[axis]!, steps)
}

function texts(array: Array64, start: number, length: number): readonly string[] {
  return elements(array)
    .slice(start, start + length)
    .map(String)
}

const cast: Record<number, Numbers['dtype'] | 'string'> = {
  1: 'float32',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  11: 'float64',
  12: 'uint32',
}

export const movement: Readonly<Record<string, Operator>> = {
  Identity: (call) => [call.any(0)],

  Reshape: (call) => {
    const array = call.any(0)
    const zeros = call.int('allowzero') ?? 0
    const wanted = whole(call.any(1)).map((size, axis) => (size === 0 && !zeros ? array.shape[axis]! : size))
    const known = count(wanted.filter((size) => size !== -1))
    return [
      reshaped(
        array,
        wanted.map((size) => (size === -1 ? count(array.shape) / known : size)),
      ),
    ]
  },
  Flatten: (call) => {
    const array = call.any(0)
    const axis = call.int('axis') ?? 1
    const split = axis < 0 ? axis + array.shape.length : axis
    return [reshaped(array, [count(array.shape.slice(0, split)), count(array.shape.slice(split))])]
  },
  Squeeze: (call) => {
    const array = call.any(0)
    const axes = wholeInput(call, 1, 'axes')?.map((axis) => axisOf(axis, array.shape.length))
    const shape = array.shape.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1))
    return [reshaped(array, shape)]
  },
  Unsqueeze: (call) => {
    const array = call.any(0)
    const given = wholeInput(call, 1, 'axes') ?? []
    const rank = array.shape.length + given.length
    const axes = given.map((axis) => axisOf(axis, rank))
    const sizes = [...array.shape]
    const shape = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : sizes.shift()!))
    return [reshaped(array, shape)]
  },
  Shape: (call) => {
    const { shape } = call.any(0)
    const sizes = shape.slice(call.int('start') ?? 0, call.int('end'))
    return [numbers('int64', [sizes.length], sizes)]
  },
  Size: (call) => [numbers('int64', [], [count(call.any(0).shape)])],
  Constant: (call) => [fromTensor(call.tensor('value')!)],
  ConstantOfShape: (call) => {
    const shape = whole(call.any(0))
    const value = call.tensor('value')
    const filler = value ? fromTensor(value) : numbers('float32', [1], [0])
    return [pick(filler, shape, () => 0)]
  },
  Range: (call) => {
    const [start, limit, delta] = [0, 1, 2].map((index) => call.numbers(index).data[0]!) as [number, number, number]
    const length = Math.max(0, Math.ceil((limit - start) / delta))
    const values = Array.from({ length }, (_, index) => start + index * delta)
    return [numbers(call.numbers(0).dtype, [length], values)]
  },
  Trilu: (call) => {
    const x = call.numbers(0)
    const k = call.optional(1) ? call.numbers(1).data[0]! : 0
    const upper = (call.int('upper') ?? 1) === 1
    const data = Float64Array.from(x.data)
    forEachPosition(x.shape, (position, index) => {
      const offset = position.at(-1)! - position.at(-2)!
      if (upper ? offset < k : offset > k) data[index] = 0
    })
    return [numbers(x.dtype, x.shape, data)]
  },
  DepthToSpace: (call) => {
    const x = call.any(0)
    const block = call.int('blocksize')!
    const [batch, channels, rows, columns] = x.shape as [number, number, number, number]
    const left = channels / block ** 2
    const depthFirst = (call.text('mode') ?? 'DCR') === 'DCR'
    return [
      pick(x, [batch, left, rows * block, columns * block], (position) => {
        const [image, channel, row, column] = position as [number, number, number, number]
        const offset = (row % block) * block + (column % block)
        const from = depthFirst ? offset * left + channel : channel * block ** 2 + offset
        return indexOf(x.shape, [image, from, Math.floor(row / block), Math.floor(column / block)])
      }),
    ]
  },
  SpaceToDepth: (call) => {
    const x = call.any(0)
    const block = call.int('blocksize')!
    const [batch, channels, rows, columns] = x.shape as [number, number, number, number]
    return [
      pick(x, [batch, channels * block ** 2, rows / block, columns / block], (position) => {
        const [image, channel, row, column] = position as [number, number, number, number]
        const offset = Math.floor(channel / channels)
        const place = [row * block + Math.floor(offset / block), column * block + (offset % block)]
        return indexOf(x.shape, [image, channel % channels, ...place])
      }),
    ]
  },

  Transpose: (call) => {
    const array = call.any(0)
    const order = call.ints('perm') ?? array.shape.map((_, axis) => array.shape.length - 1 - axis)
    const steps = strides(array.shape)
    return [
      view(
        array,
        order.map((axis) => array.shape[axis]!),
        0,
        order.map((axis) => steps[axis]!),
      ),
    ]
  },
  Expand: (call) => {
    const array = call.any(0)
    const shape = broadcastShape(array.shape, whole(call.any(1)))
    return [view(array, shape, 0, broadcastSteps(array.shape, shape))]
  },
  Concat: (call) => {
    const arrays = call.inputs.map((_, index) => call.any(index))
    const first = call.any(0)
    const axis = axisOf(call.int('axis') ?? 0, first.shape.length)
    const total = arrays.reduce((sum, array) => sum + array.shape[axis]!, 0)
    const shape = first.shape.map((size, each) => (each === axis ? total : size))
    const blocks = arrays.map((array) => ({ array, length: count(array.shape.slice(axis)) }))
    const outer = Array.from({ length: count(first.shape.slice(0, axis)) }, (_, block) => block)
    if (first.dtype === 'string') {
      const cut = (block: number) => blocks.flatMap(({ array, length }) => texts(array, block * length, length))
      return [{ dtype: 'string', shape, data: outer.flatMap(cut) }]
    }
    const data = new Float64Array(count(shape))
    let to = 0
    for (const block of outer) {
      for (const { array, length } of blocks) {
        if (array.dtype === 'string') throw new Error('Concat of numbers and strings')
        data.set(array.data.subarray(block * length, (block + 1) * length), to)
        to += length
      }
    }
    return [numbers(first.dtype, shape, data)]
  },
  Split: (call) => {
    const array = call.any(0)
    const axis = axisOf(call.int('axis') ?? 0, array.shape.length)
    const parts = call.node.outputs.length
    const even = call.node.outputs.map((_, index) => {
      const each = Math.ceil(array.shape[axis]! / parts)
      return Math.min(each, array.shape[axis]! - each * index)
    })
    let start = 0
    return (wholeInput(call, 1, 'split') ?? even).map((size) => {
      const part = slice(array, axis, start, size)
      start += size
      return part
    })
  },
  Slice: (call) => {
    const array = call.any(0)
    const starts = whole(call.any(1))
    const ends = whole(call.any(2))
    const axesInput = call.optional(3)
    const axes = axesInput ? whole(axesInput) : starts.map((_, axis) => axis)
    const stepsInput = call.optional(4)
    const steps = stepsInput ? whole(stepsInput) : starts.map(() => 1)
    const from = array.shape.map(() => 0)
    const by = array.shape.map(() => 1)
    const shape = [...array.shape]
    axes.forEach((given, k) => {
      const axis = axisOf(given, array.shape.length)
      const size = array.shape[axis]!
      const step = steps[k]!
      const clamp = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + size : at, low), high)
      const start = step > 0 ? clamp(starts[k]!, 0, size) : clamp(starts[k]!, 0, size - 1)
      const end = step > 0 ? clamp(ends[k]!, 0, size) : clamp(ends[k]!, -1, size - 1)
      from[axis] = start
      by[axis] = step
      shape[axis] = Math.max(0, Math.ceil((end - start) / step))
    })
    const own = strides(array.shape)
    const start = own.reduce((index, step, axis) => index + step * from[axis]!, 0)
    return [
      view(
        array,
        shape,
        start,
        own.map((step, axis) => step * by[axis]!),
      ),
    ]
  },
  Gather: (call) => {
    const array = call.any(0)
    const indices = call.numbers(1)
    const axis = axisOf(call.int('axis') ?? 0, array.shape.length)
    const rank = indices.shape.length
    const shape = [...array.shape.slice(0, axis), ...indices.shape, ...array.shape.slice(axis + 1)]
    return [
      pick(array, shape, (position) => {
        const at = indices.data[indexOf(indices.shape, position.slice(axis, axis + rank))]!
        const row = axisOf(at, array.shape[axis]!)
        return indexOf(array.shape, [...position.slice(0, axis), row, ...position.slice(axis + rank)])
      }),
    ]
  },

  Cast: (call) => {
    const array = call.any(0)
    const to = cast[call.int('to') ?? 0]
    if (!to) throw new Error(`Cast to type ${call.int('to')} is unknown here`)
    if (to === 'string') return [{ dtype: 'string', shape: array.shape, data: elements(array).map(String) }]
    const convert = (value: number) => {
      if (to === 'bool') return Number(value !== 0)
      return to === 'float32' || to === 'float64' ? value : wrap(to, Math.trunc(value))
    }
    return [
      numbers(
        to,
        array.shape,
        elements(array).map((value) => convert(Number(value))),
      ),
    ]
  },
  OneHot: (call) => {
    const indices = call.numbers(0)
    const depth = call.numbers(1).data[0]!
    const [off, on] = call.numbers(2).data as Float64Array & [number, number]
    const axis = axisOf(call.int('axis') ?? -1, indices.shape.length + 1)
    const shape = [...indices.shape.slice(0, axis), depth, ...indices.shape.slice(axis)]
    const data: number[] = []
    forEachPosition(shape, (position) => {
      const at = indices.data[indexOf(indices.shape, [...position.slice(0, axis), ...position.slice(axis + 1)])]!
      data.push((at < 0 ? at + depth : at) === position[axis] ? on : off)
    })
    return [numbers(call.numbers(2).dtype, shape, data)]
  },
  LabelEncoder: (call) => {
    const array = call.any(0)
    const keys = call.strings('keys_strings')
    const values = call.ints('values_int64s')
    const otherwise = call.int('default_int64') ?? -1
    if (!keys || !values) throw new Error('LabelEncoder reads strings as whole numbers here')
    return [
      numbers(
        'int64',
        array.shape,
        elements(array).map((element) => values[keys.indexOf(String(element))] ?? otherwise),
      ),
    ]
  },
}
