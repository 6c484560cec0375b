/** Convolutions and pools in PyTorch, channels first, padded as TensorFlow pads them. */
import { flat, number, tuple } from '../python.ts'
import { biasView, numberOf, numbersOf, sizes, type Context, type Writer } from './context.ts'

/** Zeros that a window needs around an input, axis by axis: [before, after]. */
function padsOf({ params, shape }: Context, kernel: readonly number[]): readonly (readonly [number, number])[] {
  const strides = numbersOf(params.strides).length > 0 ? numbersOf(params.strides) : kernel
  const dilations = numbersOf(params.dilationRate)
  return kernel.map((size, axis) => {
    const extent = (size - 1) * (dilations[axis] ?? 1) + 1
    if (params.padding === 'causal') return [extent - 1, 0]
    if (params.padding !== 'same') return [0, 0]
    const stride = strides[axis] ?? 1
    const total = Math.max((Math.ceil((shape[axis] ?? 1) / stride) - 1) * stride + extent - (shape[axis] ?? 1), 0)
    return [Math.floor(total / 2), Math.ceil(total / 2)]
  })
}

/** As F.pad wants them: the last axis first. */
const padded = (pads: readonly (readonly [number, number])[]): string =>
  flat(tuple(pads.toReversed().flat().map(number)))

const none = (pads: readonly (readonly [number, number])[]): boolean => pads.flat().every((pad) => pad === 0)
const even = (pads: readonly (readonly [number, number])[]): boolean => pads.every(([a, b]) => a === b)

const kernelView = (rank: number): string => (rank === 1 ? 'weight.permute(2, 1, 0)' : 'weight.permute(2, 3, 1, 0)')
function convolution(rank: 1 | 2): Writer {
  return (context) => {
    const { params, self, xFirst, shape } = context
    const kernel = numbersOf(params.kernelSize)
    const pads = padsOf(context, kernel)
    const own = even(pads) && !none(pads)
    const options = [
      `stride=${sizes(numbersOf(params.strides))}`,
      ...(own ? [`padding=${sizes(pads.map(([before]) => before))}`] : []),
      `dilation=${sizes(numbersOf(params.dilationRate))}`,
      `groups=${numberOf(params.groups)}`,
      ...(params.useBias === false ? ['bias=False'] : []),
    ].filter((option) => !/^(stride|dilation|groups)=(1|\(1, 1\))$/.test(option))
    const x = own || none(pads) ? xFirst : `F.pad(${xFirst}, ${padded(pads)})`
    const args = [number(shape.at(-1) ?? 1), number(numberOf(params.filters)), sizes(kernel), ...options]
    return {
      module: `nn.Conv${rank}d(${args.join(', ')})`,
      expression: `${self}(${x})`,
      first: true,
      views: { kernel: kernelView(rank), ...biasView(params) },
    }
  }
}

function transposed(rank: 1 | 2): Writer {
  return (context) => {
    const { layer, params, self, xFirst, shape } = context
    const kernel = numbersOf(params.kernelSize)
    const strides = numbersOf(params.strides)
    const dilations = numbersOf(params.dilationRate)
    // The whole way back first; then the part that is wanted, as TensorFlow places it.
    const totals = kernel.map((size, axis) => {
      const full = ((shape[axis] ?? 1) - 1) * (strides[axis] ?? 1) + (size - 1) * (dilations[axis] ?? 1) + 1
      return full - (layer.shape[axis] ?? 1)
    })
    const added = totals.map((total) => Math.max(-total, 0))
    const options = [
      `stride=${sizes(strides)}`,
      ...(added.some((size) => size > 0) ? [`output_padding=${sizes(added)}`] : []),
      `dilation=${sizes(dilations)}`,
      ...(params.useBias === false ? ['bias=False'] : []),
    ].filter((option) => !/^(stride|dilation)=(1|\(1, 1\))$/.test(option))
    const cut = totals.map((total, axis) => {
      const begin = Math.floor(Math.max(total, 0) / 2)
      return total <= 0 ? ':' : `${begin}:${begin + (layer.shape[axis] ?? 1)}`
    })
    const whole = `${self}(${xFirst})`
    const args = [number(shape.at(-1) ?? 1), number(numberOf(params.filters)), sizes(kernel), ...options]
    return {
      module: `nn.ConvTranspose${rank}d(${args.join(', ')})`,
      expression: cut.every((part) => part === ':') ? whole : `${whole}[:, :, ${cut.join(', ')}]`,
      first: true,
      views: { kernel: kernelView(rank), ...biasView(params) },
    }
  }
}

/** The part of depthwise and separable convolutions that treats each channel alone. */
function channelwise(context: Context, rank: 1 | 2, bias: boolean) {
  const { params, xFirst, shape } = context
  const kernel = numbersOf(params.kernelSize)
  const channels = shape.at(-1) ?? 1
  const multiplier = numberOf(params.depthMultiplier)
  const pads = padsOf(context, kernel)
  const options = [
    `stride=${sizes(numbersOf(params.strides))}`,
    `dilation=${sizes(numbersOf(params.dilationRate))}`,
    `groups=${channels}`,
    ...(bias ? [] : ['bias=False']),
  ].filter((option) => !/^(stride|dilation)=(1|\(1, 1\))$/.test(option))
  const order = rank === 1 ? '2, 0, 1' : '2, 3, 0, 1'
  return {
    module: `nn.Conv${rank}d(${[number(channels), number(channels * multiplier), sizes(kernel), ...options].join(', ')})`,
    x: none(pads) ? xFirst : `F.pad(${xFirst}, ${padded(pads)})`,
    view: `weight.view(${channels}, ${multiplier}, ${kernel.join(', ')}).permute(${order})`,
    outputs: channels * multiplier,
  }
}

function depthwise(rank: 1 | 2): Writer {
  return (context) => {
    const { params, self } = context
    const own = channelwise(context, rank, params.useBias !== false)
    return {
      module: own.module,
      expression: `${self}(${own.x})`,
      first: true,
      views: { kernel: own.view, ...biasView(params) },
    }
  }
}

function separable(rank: 1 | 2): Writer {
  return (context) => {
    const { params, self } = context
    const own = channelwise(context, rank, false)
    const bias = params.useBias === false ? ', bias=False' : ''
    return {
      module: `nn.Sequential(${own.module}, nn.Conv${rank}d(${own.outputs}, ${numberOf(params.filters)}, 1${bias}))`,
      expression: `${self}(${own.x})`,
      first: true,
      views: {
        depthwiseKernel: `[0].${own.view}`,
        pointwiseKernel: `[1].${kernelView(rank)}`,
        ...biasView(params, '[1].'),
      },
    }
  }
}

function pool(rank: 1 | 2, kind: 'Max' | 'Avg'): Writer {
  return (context) => {
    const { params, self, xFirst } = context
    const window = numbersOf(params.poolSize)
    const strides = numbersOf(params.strides).length > 0 ? numbersOf(params.strides) : window
    const pads = padsOf(context, window)
    const module = `nn.${kind}Pool${rank}d(${sizes(window)}, ${sizes(strides)})`
    if (none(pads)) return { module, expression: `${self}(${xFirst})`, first: true }
    const expression =
      kind === 'Max'
        ? `${self}(F.pad(${xFirst}, ${padded(pads)}, value=-torch.inf))`
        : `average_pool(${self}, ${xFirst}, ${padded(pads)})`
    return { module, expression, first: true }
  }
}

function globalPool(operation: 'mean' | 'amax'): Writer {
  return ({ params, inputs, x, xFirst, shape }) => {
    const isFirst = inputs[0]?.first === true
    const axes = flat(tuple(shape.slice(1).map((_, index) => number(index + (isFirst ? 2 : 1)))))
    const kept = params.keepdims === true
    return {
      expression: `${isFirst ? xFirst : x}.${operation}(${axes}${kept ? ', keepdim=True' : ''})`,
      first: isFirst && kept,
    }
  }
}

/** By kind of layer. */
export const convolutions: Readonly<Record<string, Writer>> = {
  conv1D: convolution(1),
  conv2D: convolution(2),
  conv1DTranspose: transposed(1),
  conv2DTranspose: transposed(2),
  depthwiseConv1D: depthwise(1),
  depthwiseConv2D: depthwise(2),
  separableConv1D: separable(1),
  separableConv2D: separable(2),
  maxPooling1D: pool(1, 'Max'),
  maxPooling2D: pool(2, 'Max'),
  averagePooling1D: pool(1, 'Avg'),
  averagePooling2D: pool(2, 'Avg'),
  globalMaxPooling1D: globalPool('amax'),
  globalMaxPooling2D: globalPool('amax'),
  globalAveragePooling1D: globalPool('mean'),
  globalAveragePooling2D: globalPool('mean'),
}
