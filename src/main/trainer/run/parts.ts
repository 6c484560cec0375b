/** Rows as the graphs take them, and how they are cut, picked and put together. */
import type { Tensor, TensorData } from '#engine/graph/graph.ts'
import { allocate } from '#engine/graph/tensor.ts'

/** Rows as the graphs take them: standardized inputs and targets, [rows, ...], by their feeds. */
export interface Part {
  readonly feeds: Readonly<Record<string, Tensor>>
  readonly rows: number
}

type Numbers = Exclude<TensorData, readonly string[]>

/** How many numbers a row of a tensor has. */
export const rowSize = (tensor: Tensor): number => tensor.shape.slice(1).reduce((product, dim) => product * dim, 1)

function numbersOf(data: TensorData | undefined, name: string): Numbers {
  if (!ArrayBuffer.isView(data)) throw new Error(`there are no rows of numbers called ${name}`)
  return data
}

const bytesOf = (data: Numbers): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** A part of so many rows, each tensor of which is made from one of this. */
function made(part: Part, rows: number, data: (tensor: Tensor, own: Numbers, name: string) => TensorData): Part {
  const feeds = Object.entries(part.feeds).map(([name, tensor]): [string, Tensor] => [
    name,
    { ...tensor, shape: [rows, ...tensor.shape.slice(1)], data: data(tensor, numbersOf(tensor.data, name), name) },
  ])
  return { rows, feeds: Object.fromEntries(feeds) }
}

/** The rows of a part from one to before another, in the same memory. */
export function cutRows(part: Part, from: number, to: number): Part {
  return made(part, to - from, (tensor, own) => own.subarray(from * rowSize(tensor), to * rowSize(tensor)))
}

/** These rows of a part, copied. */
export function pickRows(part: Part, rows: Uint32Array): Part {
  return made(part, rows.length, (tensor, own) => {
    const picked = numbersOf(allocate(tensor.dtype, rows.length * rowSize(tensor)), tensor.dtype)
    const [from, to] = [bytesOf(own), bytesOf(picked)]
    const bytes = rowSize(tensor) * own.BYTES_PER_ELEMENT
    rows.forEach((row, index) => to.set(from.subarray(row * bytes, (row + 1) * bytes), index * bytes))
    return picked
  })
}

/** The rows of one part and those of another after them. */
export function joinRows(first: Part, second: Part): Part {
  return made(first, first.rows + second.rows, ({ dtype }, own, name) => {
    const more = numbersOf(second.feeds[name]?.data, name)
    const joined = numbersOf(allocate(dtype, own.length + more.length), name)
    bytesOf(joined).set(bytesOf(own))
    bytesOf(joined).set(bytesOf(more), own.byteLength)
    return joined
  })
}
