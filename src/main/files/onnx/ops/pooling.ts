import { intOf, intsOf } from '../attributes.ts'
import { batchAxis, dimsOf, type Draft, type Flow } from '../sheet.ts'
import type { Step } from '../step.ts'
import { isZero, padsOf, paddingOf, placesOf, windowOf, zeroPadded, type Pads, type Window } from './window.ts'

const keepingSign = [
  'reshape',
  'flatten',
  'permute',
  'dropout',
  'cropping1D',
  'cropping2D',
  'zeroPadding1D',
  'zeroPadding2D',
]
const pooling = /^(global)?(max|average)Pooling[12]D$/i
const positive = ['relu', 'relu6', 'sigmoid', 'softmax', 'softplus', 'exponential', 'hard_sigmoid']

/** Whether no number that comes out is below 0, so that a zero never is the largest by itself. */
function isNonnegative(layer: Draft): boolean {
  if (layer.kind === 'relu') return (layer.params['negativeSlope'] ?? 0) === 0
  if (layer.kind === 'activation') return positive.includes(String(layer.params['activation']))
  const passes = keepingSign.includes(layer.kind) || pooling.test(layer.kind)
  const merges = ['add', 'multiply', 'maximum', 'average', 'concatenate'].includes(layer.kind)
  return (passes || merges) && layer.inputs.every(isNonnegative)
}

/** The pads with those places at the end that `ceil_mode` adds; the last window still begins inside. */
function reachingCeil({ node }: Step, sizes: readonly number[], pads: Pads, window: Window): Pads {
  if (intOf(node, 'ceil_mode', 0) === 0) return pads
  return pads.map(([begin, end], axis) => {
    const [stride, extent] = [window.strides[axis] ?? 1, window.kernel[axis] ?? 1]
    const rest = (sizes[axis] ?? 1) + begin + end - extent
    const last = Math.ceil(rest / stride) * stride
    return [begin, last >= (sizes[axis] ?? 1) + begin ? end : Math.max(end, end + last - rest)]
  })
}

export function pool(step: Step): void {
  const { node } = step
  const kernel = intsOf(node, 'kernel_shape') ?? []
  const rank = kernel.length
  const average = node.op === 'AveragePool'
  if (rank < 1 || rank > 2) return step.refuse(`moves over ${rank} axes, which no layer does; use images or sequences`)
  const window = windowOf(step, kernel)
  if (window.dilations.some((step) => step > 1))
    return step.refuse('has dilations, which no pooling layer has; set them to 1')
  if (step.isRead(1)) return step.refuse('puts out the places of the maxima, which no layer does; leave them out')
  const input = step.channelsLast(step.flow(), rank)
  const sizes = input.sizes.slice(0, -1)
  const given = padsOf(step, sizes, window)
  const pads = reachingCeil(step, sizes, given, window)
  const counted = average && intOf(node, 'count_include_pad', 0) === 1
  const padding = counted && !isZero(pads) ? null : paddingOf(pads, sizes, window)
  const longer = pads.some(([, end], axis) => end !== given[axis]?.[1])
  if (padding === null && average && (!counted || longer))
    return step.refuse(
      'averages windows that reach over the edge in a way no layer does; set ceil_mode to 0 and count_include_pad to 1, or choose pads of 0',
    )
  if (padding === null && !average && !isNonnegative(input))
    return step.refuse(
      'pads numbers that may be below 0 in a way no layer does; put a ReLU before it, or choose pads of 0',
    )
  const source = padding === null ? zeroPadded(step, input, pads) : input
  const places =
    padding === 'same'
      ? sizes.map((size, axis) => Math.ceil(size / (window.strides[axis] ?? 1)))
      : placesOf(source.sizes.slice(0, -1), window)
  const layer = step.layer({
    kind: `${average ? 'average' : 'max'}Pooling${rank}D`,
    params: { poolSize: kernel, strides: window.strides, padding: padding ?? 'valid' },
    inputs: [source],
    sizes: [...places, input.sizes.at(-1) ?? 1],
  })
  step.give(step.channelsFirst(layer))
}

/** The average or maximum over some axes of the file, those kept with one place each or dropped. */
function reduce(step: Step, flow: Flow, axes: readonly number[], keep: boolean, average: boolean): void {
  const batch = batchAxis(flow)
  const others = flow.axes.flatMap((_, axis) => (axis === batch || axes.includes(axis) ? [] : [axis]))
  if (axes.includes(batch)) return step.refuse('reduces over the rows of a batch; each row has to stay by itself')
  if (axes.length === 0 || axes.length > 2)
    return step.refuse(`reduces ${axes.length} axes, which no layer does; reduce one or two`)
  const input = step.arrange(flow, [...axes.map((axis) => [axis]), others])
  const channels = input.sizes.at(-1) ?? 1
  const pooled = step.layer({
    kind: `global${average ? 'Average' : 'Max'}Pooling${axes.length}D`,
    params: { keepdims: false },
    inputs: [input],
    sizes: [channels],
  })
  // Several axes that were kept have been one for the pooling.
  const layer =
    others.length > 1
      ? step.sheet.reshape(
          pooled,
          others.map((axis) => dimsOf(flow)[axis] ?? 1),
        )
      : pooled
  const single = others.length === 0
  const places = flow.axes.flatMap((_, axis): (readonly number[])[] => {
    if (axis === batch) return [[0]]
    if (axes.includes(axis)) return keep ? [[]] : []
    return [single ? [] : [others.indexOf(axis) + 1]]
  })
  step.give({ layer, axes: places })
}

export function globalPool(step: Step): void {
  const flow = step.flow()
  const axes = flow.axes.flatMap((_, axis) => (axis >= 2 ? [axis] : []))
  reduce(step, flow, axes, true, step.node.op === 'GlobalAveragePool')
}

export function reduceAxes(step: Step): void {
  const flow = step.flow()
  const given = step.list('axes', 1) ?? flow.axes.map((_, axis) => axis)
  const axes = given.map((axis) => (axis < 0 ? axis + flow.axes.length : axis)).toSorted((a, b) => a - b)
  reduce(step, flow, axes, intOf(step.node, 'keepdims', 1) === 1, step.node.op === 'ReduceMean')
}
