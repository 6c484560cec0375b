/** Windows that move over places: ONNX' pads beside the paddings layers have. */
import { intsOf, textOf } from '../attributes.ts'
import type { Draft } from '../sheet.ts'
import type { Step } from '../step.ts'

export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
}

const extentOf = ({ kernel, dilations }: Window, axis: number): number =>
  ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1

/** A node's window; the sizes of the kernel are an attribute, or those of the weights. */
export function windowOf({ node }: Step, kernel: readonly number[]): Window {
  const ones = kernel.map(() => 1)
  return { kernel, strides: intsOf(node, 'strides') ?? ones, dilations: intsOf(node, 'dilations') ?? ones }
}

/** Places added before and after each axis. */
export type Pads = readonly (readonly [begin: number, end: number])[]

/** What gives ⌈size / stride⌉ places, the odd one at the end. */
function samePads(sizes: readonly number[], window: Window): Pads {
  return sizes.map((size, axis) => {
    const stride = window.strides[axis] ?? 1
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + extentOf(window, axis) - size, 0)
    return [Math.floor(total / 2), Math.ceil(total / 2)]
  })
}

/** A node's pads, `auto_pad` worked out. */
export function padsOf({ node }: Step, sizes: readonly number[], window: Window): Pads {
  const automatic = textOf(node, 'auto_pad', 'NOTSET')
  if (automatic === 'VALID') return sizes.map(() => [0, 0])
  if (automatic === 'SAME_UPPER') return samePads(sizes, window)
  if (automatic === 'SAME_LOWER') return samePads(sizes, window).map(([begin, end]) => [end, begin])
  const pads = intsOf(node, 'pads') ?? []
  return sizes.map((_, axis) => [pads[axis] ?? 0, pads[axis + sizes.length] ?? 0])
}

export const isZero = (pads: Pads): boolean => pads.every(([begin, end]) => begin === 0 && end === 0)
const samePlaces = (a: Pads, b: Pads): boolean =>
  a.every(([begin, end], axis) => begin === b[axis]?.[0] && end === b[axis][1])

/** The padding of a layer with these pads; null where no layer has them. */
export function paddingOf(pads: Pads, sizes: readonly number[], window: Window): 'valid' | 'same' | null {
  if (isZero(pads)) return 'valid'
  return samePlaces(pads, samePads(sizes, window)) ? 'same' : null
}

/** Whether the pads stand before the first step only, as many as a window needs to see no later step. */
export const isCausal = (pads: Pads, window: Window): boolean =>
  pads.length === 1 && samePlaces(pads, [[extentOf(window, 0) - 1, 0]])

/** How many places windows have along each axis of an input of these sizes, which no pads surround any more. */
export const placesOf = (sizes: readonly number[], window: Window): readonly number[] =>
  sizes.map((size, axis) => Math.floor((size - extentOf(window, axis)) / (window.strides[axis] ?? 1)) + 1)

/** Zeros around a channels-last layer. */
export function zeroPadded(step: Step, layer: Draft, pads: Pads): Draft {
  if (isZero(pads)) return layer
  if (pads.flat().some((places) => places < 0))
    return step.refuse('has pads below 0, which cut places off; use a Slice')
  const places = layer.sizes.slice(0, -1)
  if (places.length > 2) return step.refuse('pads three axes or more, which no layer does; use images or sequences')
  return step.sheet.add({
    name: `zeroPadding${places.length}D`,
    kind: `zeroPadding${places.length}D`,
    params: { padding: pads.flat() },
    inputs: [layer],
    sizes: [
      ...places.map((size, axis) => size + (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0)),
      layer.sizes.at(-1) ?? 1,
    ],
  })
}

/** A channels-last layer without so many places before and after each axis. */
export function cropped(step: Step, layer: Draft, pads: Pads): Draft {
  if (isZero(pads)) return layer
  const places = layer.sizes.slice(0, -1)
  return step.sheet.add({
    name: `cropping${places.length}D`,
    kind: `cropping${places.length}D`,
    params: { cropping: pads.flat() },
    inputs: [layer],
    sizes: [
      ...places.map((size, axis) => size - (pads[axis]?.[0] ?? 0) - (pads[axis]?.[1] ?? 0)),
      layer.sizes.at(-1) ?? 1,
    ],
  })
}
