/** The geometry convolutions and pools share: a window that moves over the axes behind batch and channels. */
import { GraphError, formatShape, sizeOf, type Node, type Shape } from '../graph/graph.ts'
import { attributesOf, intAttribute, intsAttribute, textAttribute } from './attributes.ts'

/** ONNX's attributes in camelCase; `pads` are the begins of all axes, then the ends. What is left out has ONNX's default. */
export interface WindowOptions {
  readonly strides?: readonly number[]
  readonly pads?: readonly number[]
  readonly dilations?: readonly number[]
}
export interface ConvOptions extends WindowOptions {
  readonly group?: number
}
export interface ConvTransposeOptions extends ConvOptions {
  readonly outputPadding?: readonly number[]
}
export interface PoolOptions extends WindowOptions {
  readonly kernelShape: readonly number[]
  /** Counts a last window that hangs over the end. */
  readonly ceilMode?: boolean
}
export interface AveragePoolOptions extends Omit<PoolOptions, 'dilations'> {
  /** Divides by the whole window, padding included. */
  readonly countIncludePad?: boolean
}

type Options = ConvTransposeOptions & Partial<PoolOptions> & Pick<AveragePoolOptions, 'countIncludePad'>

/** The options as ONNX attributes. */
export function windowAttributes(options: Options): Node['attributes'] {
  return attributesOf({
    kernel_shape: options.kernelShape,
    strides: options.strides,
    pads: options.pads,
    dilations: options.dilations,
    group: options.group,
    output_padding: options.outputPadding,
    ceil_mode: options.ceilMode,
    count_include_pad: options.countIncludePad,
  })
}

/** Sizes per spatial axis. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly begins: readonly number[]
  readonly ends: readonly number[]
}

/** The spatial axes of a channels-first value, 2 and up. */
export function spatialAxes(shape: Shape): readonly number[] {
  return shape.slice(2).map((_, index) => index + 2)
}

/** The sizes of the spatial axes; throws when one is known only at run time. */
export function spatialSizes(shape: Shape): readonly number[] {
  return shape.slice(2).map((dim) => sizeOf([dim]))
}

/** How far the window reaches along an axis. */
export function extentOf(window: Window, axis: number): number {
  return ((window.kernel[axis] ?? 1) - 1) * (window.dilations[axis] ?? 1) + 1
}

/** The window of a node over an input of these spatial sizes, `auto_pad` worked out. */
export function windowOf(attributes: Node['attributes'], kernel: readonly number[], sizes: readonly number[]): Window {
  const each = (name: string): readonly number[] => intsAttribute(attributes, name) ?? kernel.map(() => 1)
  const window: Window = { kernel, strides: each('strides'), dilations: each('dilations'), begins: [], ends: [] }
  const automatic = textAttribute(attributes, 'auto_pad', 'NOTSET')
  if (automatic === 'SAME_UPPER' || automatic === 'SAME_LOWER') {
    const total = sizes.map((size, axis) => {
      const stride = window.strides[axis] ?? 1
      return Math.max((Math.ceil(size / stride) - 1) * stride + extentOf(window, axis) - size, 0)
    })
    const [smaller, larger] = [total.map((pad) => Math.floor(pad / 2)), total.map((pad) => Math.ceil(pad / 2))]
    return automatic === 'SAME_UPPER'
      ? { ...window, begins: smaller, ends: larger }
      : { ...window, begins: larger, ends: smaller }
  }
  const given = automatic === 'VALID' ? undefined : intsAttribute(attributes, 'pads')
  const pads = given ?? [...kernel, ...kernel].map(() => 0)
  return { ...window, begins: pads.slice(0, kernel.length), ends: pads.slice(kernel.length) }
}

/** The window of a node that carries its kernel's shape. */
export function poolWindowOf(node: Pick<Node, 'op' | 'attributes'>, shape: Shape): Window {
  const kernel = intsAttribute(node.attributes, 'kernel_shape')
  if (kernel?.length !== shape.length - 2)
    throw new GraphError(`${node.op} cannot move a window [${kernel?.join(', ') ?? ''}] over ${formatShape(shape)}`)
  return windowOf(node.attributes, kernel, spatialSizes(shape))
}

/** How many places the window has along each axis; throws when it has none. */
export function placesOf(
  node: Pick<Node, 'op' | 'attributes'>,
  window: Window,
  sizes: readonly number[],
): readonly number[] {
  const ceil = intAttribute(node.attributes, 'ceil_mode', 0) === 1
  return sizes.map((size, axis) => {
    const [begin, end, stride] = [window.begins[axis] ?? 0, window.ends[axis] ?? 0, window.strides[axis] ?? 1]
    const room = (size + begin + end - extentOf(window, axis)) / stride
    let places = (ceil ? Math.ceil(room) : Math.floor(room)) + 1
    // A window that would begin behind the input sees nothing of it.
    if (ceil && (places - 1) * stride >= size + begin) places -= 1
    if (room < 0 || places < 1)
      throw new GraphError(
        `${node.op} has a window of ${extentOf(window, axis)} for ${size + begin + end} elements along axis ${axis + 2}`,
      )
    return places
  })
}

/** Whether no element lies in two windows. */
export function isDisjoint(window: Window): boolean {
  return window.strides.every((stride, axis) => stride >= extentOf(window, axis))
}

export const isPadded = ({ begins, ends }: Window): boolean => [...begins, ...ends].some((pad) => pad !== 0)
