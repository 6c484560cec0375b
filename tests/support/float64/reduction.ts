/** Operators that run along axes. */
import { axisOf, count, forEachPosition, numbers, placesIn, strides, whole, type Numbers } from './array.ts'
import type { Call, Operator } from './operator.ts'

/** The axes a reduction takes: its second input since opset 13 (18), an attribute before; all when there are none. */
function axesOf(call: Call): number[] {
  const rank = call.numbers(0).shape.length
  const input = call.optional(1)
  const axes = input ? whole(input) : (call.ints('axes') ?? [])
  if (axes.length > 0) return axes.map((axis) => axisOf(axis, rank))
  return call.int('noop_with_empty_axes') ? [] : Array.from({ length: rank }, (_, axis) => axis)
}

/** Collects the elements along the axes, and gives one number for each collection. */
function reduce(
  array: Numbers,
  axes: readonly number[],
  keep: boolean,
  dtype: Numbers['dtype'],
  compute: (elements: readonly number[]) => number,
): Numbers {
  const kept = array.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const collections = Array.from({ length: count(kept) }, (): number[] => [])
  if (collections.length === 1) collections[0] = Array.from(array.data)
  else {
    const places = placesIn(kept, array.shape)
    for (let index = 0; index < places.length; index++) collections[places[index]!]!.push(array.data[index]!)
  }
  const shape = keep ? kept : array.shape.filter((_, axis) => !axes.includes(axis))
  return numbers(dtype, shape, collections.map(compute))
}

const reduction =
  (compute: (elements: readonly number[]) => number): Operator =>
  (call) => {
    const array = call.numbers(0)
    return [reduce(array, axesOf(call), (call.int('keepdims') ?? 1) !== 0, array.dtype, compute)]
  }

function sum(elements: readonly number[]): number {
  let total = 0
  for (let index = 0; index < elements.length; index++) total += elements[index]!
  return total
}

function along(array: Numbers, axis: number, compute: (line: readonly number[]) => readonly number[]): Numbers {
  const step = strides(array.shape)[axis]!
  const length = array.shape[axis]!
  const data = new Float64Array(array.data.length)
  forEachPosition(array.shape, (position, index) => {
    if (position[axis] !== 0) return
    const line = Array.from({ length }, (_, k) => array.data[index + k * step]!)
    compute(line).forEach((value, k) => (data[index + k * step] = value))
  })
  return numbers(array.dtype, array.shape, data)
}

const alongAxis =
  (compute: (line: readonly number[]) => readonly number[]): Operator =>
  (call) => {
    const array = call.numbers(0)
    return [along(array, axisOf(call.int('axis') ?? -1, array.shape.length), compute)]
  }

function logSumExp(line: readonly number[]): number {
  const top = Math.max(...line)
  return top + Math.log(sum(line.map((x) => Math.exp(x - top))))
}

export const reductions: Readonly<Record<string, Operator>> = {
  ReduceSum: reduction(sum),
  ReduceMean: reduction((elements) => sum(elements) / elements.length),
  ReduceMax: reduction((elements) => Math.max(...elements)),
  ReduceSumSquare: reduction((elements) => sum(elements.map((x) => x * x))),
  ReduceL1: reduction((elements) => sum(elements.map(Math.abs))),
  ReduceMin: reduction((elements) => Math.min(...elements)),
  ReduceProd: reduction((elements) => elements.reduce((product, element) => product * element, 1)),
  ReduceL2: reduction((elements) => Math.sqrt(sum(elements.map((x) => x * x)))),
  ReduceLogSum: reduction((elements) => Math.log(sum(elements))),
  ReduceLogSumExp: reduction(logSumExp),
  ArgMin: (call) => {
    const array = call.numbers(0)
    const axis = axisOf(call.int('axis') ?? 0, array.shape.length)
    const keep = (call.int('keepdims') ?? 1) !== 0
    return [reduce(array, [axis], keep, 'int64', (elements) => elements.indexOf(Math.min(...elements)))]
  },
  CumSum: (call) => {
    const array = call.numbers(0)
    const [reverse, exclusive] = [call.int('reverse') === 1, call.int('exclusive') === 1]
    return [
      along(array, axisOf(call.numbers(1).data[0]!, array.shape.length), (line) =>
        line.map((own, at) => sum(reverse ? line.slice(at) : line.slice(0, at + 1)) - (exclusive ? own : 0)),
      ),
    ]
  },
  Hardmax: alongAxis((line) => line.map((_, at) => Number(at === line.indexOf(Math.max(...line))))),
  ArgMax: (call) => {
    const array = call.numbers(0)
    const axis = axisOf(call.int('axis') ?? 0, array.shape.length)
    const keep = (call.int('keepdims') ?? 1) !== 0
    return [reduce(array, [axis], keep, 'int64', (elements) => elements.indexOf(Math.max(...elements)))]
  },
  Softmax: alongAxis((line) => line.map((x) => Math.exp(x - logSumExp(line)))),
  LogSoftmax: alongAxis((line) => line.map((x) => x - logSumExp(line))),
}
