/** The gradients of a convolution in ONNX ops over channels-first values. */
import { sizeOf, type Node, type Value } from '../../graph/graph.ts'
import type { Builder } from '../../ops/builder.ts'
import { ofInputGradient, ofWeightGradient, optionsOf, type Convolution } from '../../ops/convolutionGradient.ts'
import { extentOf, spatialAxes, spatialSizes } from '../../ops/window.ts'

/** W [features, channels/group, ...kernel] as the kernel of the way back, [channels, features/group, ...kernel]. */
function swapChannels(g: Builder, w: Value, group: number): Value {
  const [features = 0, channels = 0, ...kernel] = w.shape.map((dim) => sizeOf([dim]))
  const axes = kernel.map((_, index) => index)
  if (group === 1) return g.Transpose(w, [1, 0, ...axes.map((axis) => axis + 2)])
  const grouped = g.Reshape(w, [group, features / group, channels, ...kernel])
  const swapped = g.Transpose(grouped, [0, 2, 1, ...axes.map((axis) => axis + 3)])
  return g.Reshape(swapped, [group * channels, features / group, ...kernel])
}

/** A ConvInputGradient: the convolution of dY with the flipped kernel, or where that does not reach, a ConvTranspose. */
export function plainInputGradient(g: Builder, node: Node): Value {
  const { dy, w, sizes, convolution } = ofInputGradient(node)
  const { window, group } = convolution
  const begins = window.begins.map((begin, axis) => extentOf(window, axis) - 1 - begin)
  const ends = window.ends.map((end, axis) => extentOf(window, axis) - 1 - end)
  if (window.strides.every((stride) => stride === 1) && [...begins, ...ends].every((pad) => pad >= 0)) {
    const axes = spatialAxes(w.shape)
    const flipped = window.kernel.every((size) => size === 1)
      ? w
      : g.Slice(
          w,
          axes.map(() => -1),
          window.kernel.map((size) => -size - 1),
          axes,
          axes.map(() => -1),
        )
    return g.Conv(dy, swapChannels(g, flipped, group), null, {
      pads: [...begins, ...ends],
      dilations: window.dilations,
      group,
    })
  }
  const outputPadding = spatialSizes(dy.shape).map((places, axis) => {
    const reached = (window.strides[axis] ?? 1) * (places - 1) + extentOf(window, axis)
    return (sizes[axis] ?? 0) - (reached - (window.begins[axis] ?? 0) - (window.ends[axis] ?? 0))
  })
  return g.ConvTranspose(dy, w, null, { ...optionsOf(convolution), outputPadding })
}

/** [images, channels, ...rows, columns] as [images, group, ...rows, columns·channels/group], no row or column unseen or missing. */
function channelsInColumns(g: Builder, x: Value, { window, group }: Convolution, places: readonly number[]): Value {
  const [images = 0, channels = 0, ...sizes] = x.shape.map((dim) => sizeOf([dim]))
  const each = channels / group
  const axes = sizes.map((_, axis) => axis)
  const split =
    group === 1
      ? g.Reshape(g.Transpose(x, [0, ...axes.map((axis) => axis + 2), 1]), [images, 1, ...merged(sizes, each)])
      : each === 1
        ? x
        : g.Reshape(
            g.Transpose(g.Reshape(x, [images, group, each, ...sizes]), [0, 1, ...axes.map((axis) => axis + 3), 2]),
            [images, group, ...merged(sizes, each)],
          )
  const after = sizes.map((size, axis) => {
    const needed = (window.strides[axis] ?? 1) * ((places[axis] ?? 1) - 1) + extentOf(window, axis)
    return needed - size - (window.begins[axis] ?? 0)
  })
  return g.Pad(split, [0, 0, ...merged(window.begins, each), 0, 0, ...merged(after, each)])
}

/** Numbers per axis with the last one multiplied: there the channels lie within the columns. */
function merged(numbers: readonly number[], channels: number): readonly number[] {
  return numbers.map((number, axis) => (axis === numbers.length - 1 ? number * channels : number))
}

/**
 * dW of a convolution: every image's dY moves as a kernel over the image itself, whose channels lie within its columns. The
 * images are the groups of one convolution that is dilated by the stride and strided by the dilation, then they are summed.
 */
export function plainWeightGradient(g: Builder, node: Node): Value {
  const { x, dy, w: shape, convolution } = ofWeightGradient(node)
  const { window, group } = convolution
  const [features = 0, channels = 0, ...kernel] = shape.map((dim) => sizeOf([dim]))
  const images = sizeOf(x.shape.slice(0, 1))
  const places = spatialSizes(dy.shape)
  const seen = channelsInColumns(g, x, convolution, places)
  const product = g.Conv(
    g.Reshape(seen, [1, images * group, ...spatialSizes(seen.shape)]),
    g.Reshape(dy, [images * features, 1, ...places]),
    null,
    {
      group: images * group,
      dilations: merged(window.strides, channels),
      // Columns of one channel lie apart, so they are found at every offset and picked below.
      strides: window.dilations.map((dilation, axis) => (axis === kernel.length - 1 ? 1 : dilation)),
    },
  )
  const last = kernel.length - 1
  const reach = extentOf(window, last)
  const each = g.Reshape(product, [images, features, ...kernel.slice(0, -1), reach, channels])
  const sum = g.ReduceSum(each, [0])
  const dilation = window.dilations[last] ?? 1
  const picked = dilation === 1 ? sum : g.Slice(sum, [0], [reach], [kernel.length], [dilation])
  return g.Transpose(picked, [0, kernel.length + 1, ...kernel.map((_, axis) => axis + 1)])
}
