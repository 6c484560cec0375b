/** Which convolutions the runtime can do in blocks, and how. */
import type { Value } from '../../graph/graph.ts'
import type { Builder } from '../../ops/builder.ts'
import type { Convolution } from '../../ops/convolutionGradient.ts'
import { imageOf, imageWindowOf, type Image, type ImageWindow } from './image.ts'
import type { Layouts } from './layouts.ts'

export interface Setup {
  readonly g: Builder
  readonly block: number
  readonly window: ImageWindow
  /** Sizes of X and of Y. */
  readonly x: Image
  readonly y: Image
}

/** How a convolution can be computed in blocks: all channels with all, each by itself, or from fewer than a block. */
export type Way = 'all' | 'each' | 'few'

/** A convolution from x to y in blocks; null where the runtime has none for it. */
export function setupOf(
  { g, block }: Layouts,
  { window, group }: Convolution,
  x: Pick<Value, 'shape'>,
  y: Pick<Value, 'shape'>,
): { readonly setup: Setup; readonly way: Way } | null {
  const [from, to] = [imageOf(x.shape), imageOf(y.shape)]
  if (!from || !to || block === 0 || to.channels % block !== 0) return null
  const setup: Setup = { g, block, window: imageWindowOf(window), x: from, y: to }
  const whole = from.channels % block === 0
  if (group === 1 && whole) return { setup, way: 'all' }
  if (group === from.channels && group === to.channels && whole) return { setup, way: 'each' }
  const dilated = window.dilations.some((dilation) => dilation > 1)
  return group === 1 && from.channels < block && !dilated ? { setup, way: 'few' } : null
}
