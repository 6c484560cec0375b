/** The window that convolutions and pools move over places, with Keras' settings and TensorFlow's padding. */
import type { LayerContext } from '../define.ts'
import type { Places, Rank } from './places.ts'
import { perAxis } from './places.ts'
import { choice, shape } from '../params.ts'

export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
}
export type Padding = 'valid' | 'same' | 'causal'

export const paddingParam = choice({
  title: 'Padding',
  doc: 'Whether the window stays inside (valid), or zeros around the input let every place have one (same).',
  default: 'valid',
  options: ['valid', 'same'],
})

export const stridesParam = (rank: Rank) =>
  shape({
    title: 'Strides',
    doc: 'How far the window moves at a time along each axis.',
    default: perAxis(rank, 1),
    length: rank,
  })

export const kernelSizeParam = (rank: Rank) =>
  shape({
    title: 'Kernel size',
    doc: 'How many places the window has along each axis.',
    default: perAxis(rank, 3),
    length: rank,
  })

export const dilationRateParam = (rank: Rank) =>
  shape({
    title: 'Dilation rate',
    doc: 'How far the places of the window lie apart along each axis.',
    default: perAxis(rank, 1),
    length: rank,
  })

/** How far the window reaches along an axis. */
export const extentOf = ({ kernel, dilations }: Window, axis: number): number =>
  ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1

/**
 * ONNX's pads of a window over an input: the begins of all axes, then the ends. `same` gives ⌈size / stride⌉ places, the odd
 * zero at the end; `causal` puts all zeros before the first step. Fails where no window fits, or where strides and dilation meet.
 */
export function padsOf(
  { from, fail }: Pick<LayerContext, 'from' | 'fail'>,
  { sizes }: Pick<Places, 'sizes'>,
  window: Window,
  padding: Padding,
): readonly number[] {
  checkSteps(fail, window)
  const pads = sizes.map((size, axis): readonly [number, number] => {
    const [extent, stride] = [extentOf(window, axis), window.strides[axis] ?? 1]
    if (padding === 'causal') return [extent - 1, 0]
    if (padding === 'valid') {
      if (extent > size)
        return fail(
          `has a window of ${extent}, but ${from[0] ?? 'its input'} gives only ${size} along axis ${axis + 1}; choose a smaller window, or the padding same`,
          undefined,
          { set: { padding: 'same' } },
        )
      return [0, 0]
    }
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0)
    return [Math.floor(total / 2), Math.ceil(total / 2)]
  })
  return [...pads.map(([begin]) => begin), ...pads.map(([, end]) => end)]
}

/** Keras moves a dilated window one place at a time. */
export function checkSteps(fail: LayerContext['fail'], { strides, dilations }: Window): void {
  if (Math.max(...strides) > 1 && Math.max(...dilations) > 1)
    fail(
      `has strides ${strides.join(', ')} and a dilation rate of ${dilations.join(', ')}; set one of them to 1`,
      undefined,
      { set: { dilationRate: dilations.map(() => 1) } },
    )
}
