/** Convolutions, their transposes and their gradients. */
import type { Value } from '../../../graph/graph.ts'
import { transposedOf } from '../../../ops/convolution.ts'
import { convolutionOf, ofInputGradient, ofWeightGradient, type Convolution } from '../../../ops/convolutionGradient.ts'
import { affineOf } from '../affine.ts'
import { forward, forwardEach, forwardFromFew } from '../forward.ts'
import { imageOf } from '../image.ts'
import { inputGradient, kernelBack, kernelBackEach, stridedInputGradient } from '../inputGradient.ts'
import { asTaps, eachTaps, fromTaps } from '../kernels.ts'
import type { Layouts } from '../layouts.ts'
import { setupOf } from '../setup.ts'
import { weightGradient, weightGradientEach } from '../weightGradient.ts'
import { mainOf, type BlockedForm } from './form.ts'

export const convolution: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const [, w, bias] = node.inputs
  if (!main || !w || main.x.dtype !== 'float32') return false
  const { x, y } = main
  const found = setupOf(layouts, convolutionOf(node, x.shape, w.shape), x, y)
  if (!found) return false
  const { setup, way } = found
  const kernel = layouts.plain(w)
  const written =
    way === 'all'
      ? forward(setup, layouts.blocked(x), asTaps(layouts.g, kernel))
      : way === 'each'
        ? forwardEach(setup, layouts.blocked(x), eachTaps(layouts.g, kernel))
        : forwardFromFew(setup, layouts.channelsLast(x), asTaps(layouts.g, kernel))
  layouts.setBlocked(
    y,
    layouts.affines.convolution({ ...written, bias: bias ? layouts.plain(bias) : null }, setup.y, isOpen(layouts, y)),
  )
  return true
}

const isOpen = ({ readers }: Layouts, value: Value): boolean => readers.onlyReaderOf(value) !== undefined

/** x of a convolution (what it came from, not blocked by itself) from dy: for ConvInputGradient and ConvTranspose. */
function back(
  layouts: Layouts,
  of: Convolution,
  { dy, w, x, bias }: { readonly dy: Value; readonly w: Value; readonly x: Value; readonly bias: Value | null },
): boolean {
  const found = setupOf(layouts, of, x, dy)
  if (!found || found.way === 'few' || x.dtype !== 'float32') return false
  const { setup, way } = found
  const { affines } = layouts
  const kernel = layouts.plain(w)
  const kernelOf =
    way === 'all' ? kernelBack(setup, asTaps(layouts.g, kernel)) : kernelBackEach(setup, eachTaps(layouts.g, kernel))
  const group = way === 'all' ? 1 : setup.x.channels
  const value = layouts.blocked(dy)
  const shift = bias && layouts.plain(bias)
  if (setup.window.strides.every((stride) => stride === 1)) {
    const written = inputGradient(setup, value, kernelOf, group)
    layouts.setBlocked(x, affines.convolution({ ...written, bias: shift }, setup.x, isOpen(layouts, x)))
  } else {
    const result = affineOf(stridedInputGradient(setup, value, kernelOf, group), setup.x)
    layouts.setBlocked(x, shift ? affines.shift(result, shift) : result)
  }
  return true
}

export const convInputGradient: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const { dy, w, convolution } = ofInputGradient(node)
  return main ? back(layouts, convolution, { dy, w, x: main.y, bias: null }) : false
}

export const convTranspose: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const [dy, w, bias = null] = node.inputs
  if (!main || !dy || !w || imageOf(dy.shape) === null) return false
  return back(layouts, transposedOf(node, dy.shape, w.shape), { dy, w, x: main.y, bias })
}

export const convWeightGradient: BlockedForm = (layouts, node) => {
  const main = mainOf(node)
  const { x, dy, convolution } = ofWeightGradient(node)
  const found = main && x.dtype === 'float32' ? setupOf(layouts, convolution, x, dy) : null
  if (!main || !found) return false
  const { setup, way } = found
  const slopes = layouts.blocked(dy)
  if (way === 'each') {
    const taps = weightGradientEach(setup, layouts.blocked(x), slopes)
    layouts.setPlain(main.y, layouts.g.Reshape(taps, main.y.shape.map(Number)))
  } else {
    const few = way === 'few'
    const seen = few ? layouts.channelsLast(x) : layouts.blocked(x)
    const { images, rows, columns, channels } = setup.x
    const flat = few ? layouts.g.Reshape(seen, [images, rows, columns, channels]) : seen
    layouts.setPlain(main.y, fromTaps(layouts.g, weightGradient(setup, flat, slopes, few), main.y))
  }
  return true
}
