/**
 * onnxruntime's ops over blocked images (`com.microsoft.nchwc`), which its own optimizer writes for constant kernels only. A
 * blocked value is declared [images, channels, rows, columns] and lies [images, channels/block, rows, columns, block].
 */
import { GraphError, type Value } from '../../graph/graph.ts'
import { attributesOf } from '../../ops/attributes.ts'
import type { Builder } from '../../ops/builder.ts'
import { shapeOf, type Image, type ImageWindow, type Pads, type Pair } from './image.ts'

const blockedDomain = 'com.microsoft.nchwc'

function emit(
  g: Builder,
  op: string,
  inputs: readonly (Value | null)[],
  attributes: Parameters<typeof attributesOf>[0],
  shape: readonly number[],
): Value {
  const [value] = g.stated(op, inputs, attributesOf(attributes), [{ dtype: 'float32', shape }], blockedDomain)
  if (!value) throw new GraphError(`${op} gave nothing`)
  return value
}

/** A convolution with all that the runtime does in the same pass: y = relu(x ∗ kernel + bias + sum). */
export interface BlockedConvolution {
  readonly x: Value
  /** In the runtime's order, declared [features, channels/group, rows, columns]. */
  readonly kernel: Value
  /** [features]. */
  readonly bias?: Value | null
  /** Like the result. */
  readonly sum?: Value | null
  readonly relu?: boolean
  readonly size: Pair
  readonly strides?: Pair
  readonly dilations?: Pair
  readonly pads?: Pads
  readonly group?: number
  /** Of the result. */
  readonly shape: readonly number[]
}

export function convolve(
  g: Builder,
  { x, kernel, bias = null, sum, relu, size, shape, ...rest }: BlockedConvolution,
): Value {
  const inputs = sum ? [x, kernel, bias, sum] : bias ? [x, kernel, bias] : [x, kernel]
  const { strides, dilations, pads, group } = rest
  const activation = relu ? 'Relu' : undefined
  return emit(g, 'Conv', inputs, { kernel_shape: size, strides, dilations, pads, group, activation }, shape)
}

/** [images, channels, rows, columns] to blocks; `last`: from [images, rows, columns, channels]. */
export const toBlocks = (g: Builder, x: Value, image: Image, last: boolean): Value =>
  emit(g, 'ReorderInput', [x], { channels_last: last ? 1 : undefined }, shapeOf(image))

/** Blocks to [images, channels, rows, columns]; `last`: to [images, rows, columns, channels]. */
export function fromBlocks(g: Builder, x: Value, image: Image, last: boolean): Value {
  const { images, channels, rows, columns } = image
  const shape = last ? [images, rows, columns, channels] : shapeOf(image)
  return emit(g, 'ReorderOutput', [x], { channels, channels_last: last ? 1 : undefined }, shape)
}

export function pool(
  g: Builder,
  op: 'MaxPool' | 'AveragePool',
  x: Value,
  { kernel, strides, dilations, pads }: ImageWindow,
  shape: readonly number[],
  countIncludePad = false,
): Value {
  const attributes = { kernel_shape: kernel, strides, pads }
  if (op === 'MaxPool') return emit(g, op, [x], { ...attributes, dilations }, shape)
  return emit(g, op, [x], { ...attributes, count_include_pad: countIncludePad ? 1 : undefined }, shape)
}

/** The mean or maximum of each channel of each image, [images, channels, 1, 1]. */
export const poolAll = (g: Builder, op: 'GlobalAveragePool' | 'GlobalMaxPool', x: Value, image: Image): Value =>
  emit(g, op, [x], {}, [image.images, image.channels, 1, 1])

/** Every element repeated over so many rows and columns. */
export function repeat(g: Builder, x: Value, image: Image, times: Pair): Value {
  const { images, channels, rows, columns } = image
  const shape = [images, channels, rows * times[0], columns * times[1]]
  return times[0] === 1 && times[1] === 1 ? x : emit(g, 'Upsample', [x], { scales: [1, 1, ...times] }, shape)
}
