/** Each layer as PyTorch has it: its module, what it does to its inputs, and its weights in Espalier's layouts. */
import { fail, type ParamValue } from '../../project/project.ts'
import type { ScriptLayer } from '../plan.ts'
import { boolean, flat, list, number, text, tuple } from '../python.ts'
import { activated, activationFunction } from './activation.ts'
import type { Pieces } from './modules.ts'

/** A value of the network: its variable, and whether its channels come first, as PyTorch's convolutions want them. */
export interface Held {
  readonly variable: string
  readonly first: boolean
}

export interface TorchLayer {
  /** The module, where it has one. */
  readonly module: string | null
  /** What it puts out, as an expression over its inputs. */
  readonly expression: string
  readonly first: boolean
  /** By the weight's own name: a view of it in Espalier's layout, seen from the module. */
  readonly views: Readonly<Record<string, string>>
}

type Writer = (context: Context) => Omit<TorchLayer, 'module' | 'views'> & Partial<TorchLayer>

interface Context {
  readonly layer: ScriptLayer
  readonly params: Readonly<Record<string, ParamValue>>
  readonly pieces: Pieces
  /** `self.dense1`. */
  readonly self: string
  readonly inputs: readonly Held[]
  /** The first input with its channels last, or as the document has it. */
  readonly x: string
  /** The first input with its channels first. */
  readonly xFirst: string
  /** Shape of one row of the first input. */
  readonly shape: readonly number[]
}

/** Writes a layer; throws an IssueError where PyTorch has nothing like it. */
export function torchLayer(layer: ScriptLayer, inputs: readonly Held[], owner: string, pieces: Pieces): TorchLayer {
  const [input] = inputs
  const context: Context = {
    layer,
    params: layer.params,
    pieces,
    self: `self.${owner}`,
    inputs,
    x: input ? last(input) : '',
    xFirst: input ? first(input) : '',
    shape: layer.inputShapes[0] ?? [],
  }
  const writer = Object.hasOwn(writers, layer.definition.kind) ? writers[layer.definition.kind] : undefined
  if (!writer)
    return fail(`graph/${layer.name}`, `${layer.name}: a PyTorch script cannot have ${layer.definition.title} yet.`)
  const written = { module: null, views: {}, ...writer(context) }
  const activation = layer.params.activation
  const own = layer.definition.group === 'Recurrent' || typeof activation !== 'string'
  const expression = own ? written.expression : activated(activation, written.expression, written.first ? '1' : '-1')
  return { ...written, expression: pieces.mention(expression) }
}

const last = ({ variable, first: isFirst }: Held): string => (isFirst ? `channels_last(${variable})` : variable)
const first = ({ variable, first: isFirst }: Held): string => (isFirst ? variable : `channels_first(${variable})`)

const numbersOf = (value: ParamValue | undefined): readonly number[] => {
  const all: readonly unknown[] = Array.isArray(value) ? value : []
  return all.filter((each) => typeof each === 'number')
}
const numberOf = (value: ParamValue | undefined): number => (typeof value === 'number' ? value : 0)
const sizes = (values: readonly number[]): string =>
  values.length === 1 ? number(values[0] ?? 1) : flat(tuple(values.map(number)))
const flagOf = (value: ParamValue | undefined): string => boolean(value === true)

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
const biasView = (params: Context['params'], module = ''): Record<string, string> =>
  params.useBias === false ? {} : { bias: `${module}bias` }

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
    return { module: own.module, expression: `${self}(${own.x})`, first: true, views: { kernel: own.view, ...biasView(params) } }
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
      views: { depthwiseKernel: `[0].${own.view}`, pointwiseKernel: `[1].${kernelView(rank)}`, ...biasView(params, '[1].') },
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
    return { expression: `${isFirst ? xFirst : x}.${operation}(${axes}${kept ? ', keepdim=True' : ''})`, first: isFirst && kept }
  }
}

/** What acts on each number alone keeps the layout it is given. */
const elementwise =
  (expression: (x: string, context: Context) => string, module?: (context: Context) => string): Writer =>
  (context) => {
    const [input] = context.inputs
    return {
      module: module?.(context) ?? null,
      expression: expression(input?.variable ?? '', context),
      first: input?.first ?? false,
    }
  }

/** Merges work in the layout that all inputs share, else channels last. */
const merge =
  (join: (parts: readonly string[], context: Context) => string): Writer =>
  (context) => {
    const shared = context.inputs.every((input) => input.first)
    const ranks = new Set(context.layer.inputShapes.map((shape) => shape.length))
    const isFirst = shared && ranks.size === 1
    return {
      expression: join(
        context.inputs.map((input) => (isFirst ? input.variable : last(input))),
        context,
      ),
      first: isFirst,
    }
  }

const chained = (operator: string) => merge((parts) => parts.join(` ${operator} `))
const nested = (name: string) =>
  merge((parts) => parts.slice(1).reduce((before, part) => `${name}(${before}, ${part})`, parts[0] ?? ''))

/** An axis counted with the batch, in the layout a value is held in. */
function axisIn(axis: number, rank: number, isFirst: boolean): number {
  const normal = axis < 0 ? axis + rank : axis
  if (!isFirst || normal === 0) return normal
  return normal === rank - 1 ? 1 : normal + 1
}

function dot({ layer, params, inputs }: Context): string {
  const ranks = layer.inputShapes.map((shape) => shape.length + 1)
  const [one = -1, two = one] = numbersOf(params.axes)
  const axes = [axisIn(one, ranks[0] ?? 2, false), axisIn(two, ranks[1] ?? 2, false)]
  const parts = inputs.map((input, index) =>
    params.normalize === true ? `F.normalize(${last(input)}, dim=${axes[index] ?? 1}, eps=1e-7)` : last(input),
  )
  const letters = 'abcdefgh'
  const names = [0, 1].map((index) =>
    Array.from({ length: ranks[index] ?? 2 }, (_, axis) =>
      axis === 0 ? 'z' : axis === axes[index] ? 'k' : (letters[index * 4 + axis] ?? 'a'),
    ).join(''),
  )
  const outer = `z${names.join('').replaceAll(/[zk]/g, '')}`
  const product = `torch.einsum("${names.join(',')}->${outer}", ${parts.join(', ')})`
  return outer === 'z' ? `${product}.unsqueeze(1)` : product
}

function recurrent(cell: 'SimpleRNNCell' | 'LSTMCell' | 'GRUCell'): Writer {
  return ({ params, pieces, self, x, shape }) => {
    pieces.use(cell)
    pieces.use('Recurrent')
    const gate = typeof params.recurrentActivation === 'string' ? params.recurrentActivation : 'sigmoid'
    const functions = [activationFunction(String(params.activation)), activationFunction(gate)]
    const reset = cell === 'GRUCell' ? [flagOf(params.resetAfter)] : []
    const run = (backwards: string): string =>
      `Recurrent(${[
        `${cell}(${[...functions, ...reset].join(', ')})`,
        number(shape.at(-1) ?? 1),
        `units=${numberOf(params.units)}`,
        `bias=${flagOf(params.useBias)}`,
        `sequences=${flagOf(params.returnSequences)}`,
        `backwards=${backwards}`,
        `dropout=${numberOf(params.dropout)}`,
        `recurrent_dropout=${numberOf(params.recurrentDropout)}`,
      ].join(', ')})`
    for (const each of functions) pieces.mention(each)
    const views = (prefix: string, module: string): Record<string, string> => ({
      [`${prefix}kernel`]: `${module}kernel`,
      [`${prefix}recurrentKernel`]: `${module}recurrent_kernel`,
      ...(params.useBias === false ? {} : { [`${prefix}bias`]: `${module}bias` }),
    })
    if (params.bidirectional === 'none')
      return { module: run(flagOf(params.goBackwards)), expression: `${self}(${x})`, first: false, views: views('', '') }
    pieces.use('Bidirectional')
    return {
      module: `Bidirectional(${run('False')}, ${run('True')}, ${text(String(params.bidirectional))})`,
      expression: `${self}(${x})`,
      first: false,
      views: { ...views('forward/', 'forward_layer.'), ...views('backward/', 'backward_layer.') },
    }
  }
}

const scaleViews = (params: Context['params'], gamma: string, beta: string): Record<string, string> => ({
  ...(params.scale === false ? {} : { gamma }),
  ...(params.center === false ? {} : { beta }),
})

/** What an attention layer is called with: query, value, maybe key. */
const attended = ({ inputs }: Context): string => {
  const [query = '', value = query, ...key] = inputs.map(last)
  return [query, value, ...key].join(', ')
}

const attention = (params: Context['params']): string =>
  `causal=${flagOf(params.useCausalMask)}, dropout=${numberOf(params.dropout)}`

const writers: Readonly<Record<string, Writer>> = {
  dense: ({ params, self, x, shape }) => ({
    module: `nn.Linear(${shape.at(-1) ?? 1}, ${numberOf(params.units)}${params.useBias === false ? ', bias=False' : ''})`,
    expression: `${self}(${x})`,
    first: false,
    views: { kernel: 'weight.T', ...biasView(params) },
  }),
  activation: elementwise((x) => x),
  dropout: elementwise(
    (x, { self }) => `${self}(${x})`,
    ({ params }) => `nn.Dropout(${numberOf(params.rate)})`,
  ),
  relu: elementwise((x, { params }) => {
    const [threshold, slope] = [numberOf(params.threshold), numberOf(params.negativeSlope)]
    const above = threshold === 0 ? `F.relu(${x})` : `torch.where(${x} > ${number(threshold)}, ${x}, 0.0)`
    const limited = params.maxValue === null ? above : `${above}.clamp(max=${numberOf(params.maxValue)})`
    return slope === 0 ? limited : `${limited} - ${number(slope)} * F.relu(${number(threshold)} - ${x})`
  }),
  leakyRelu: elementwise((x, { params }) => `F.leaky_relu(${x}, ${numberOf(params.negativeSlope)})`),
  elu: elementwise((x, { params }) => `F.elu(${x}, ${numberOf(params.alpha)})`),
  softmax: ({ params, inputs, shape }) => {
    const isFirst = inputs[0]?.first === true
    const axis = axisIn(numberOf(params.axis), shape.length + 1, isFirst)
    return { expression: `torch.softmax(${inputs[0]?.variable ?? ''}, ${axis})`, first: isFirst }
  },
  prelu: ({ layer, pieces, self, x }) => ({
    module: `${pieces.use('PReLU')}(${flat(tuple((layer.weights[0]?.shape ?? []).map(number)))})`,
    expression: `${self}(${x})`,
    first: false,
    views: { alpha: 'alpha' },
  }),
  flatten: ({ x }) => ({ expression: `${x}.flatten(1)`, first: false }),
  reshape: ({ layer, x }) => ({ expression: `${x}.reshape(-1, ${layer.shape.join(', ')})`, first: false }),
  permute: ({ params, x }) => ({ expression: `${x}.permute(0, ${numbersOf(params.dims).join(', ')})`, first: false }),
  repeatVector: ({ params, x }) => ({ expression: `${x}.unsqueeze(1).repeat(1, ${numberOf(params.n)}, 1)`, first: false }),
  embedding: ({ params, self, x }) => ({
    module: `nn.Embedding(${numberOf(params.inputDim)}, ${numberOf(params.outputDim)})`,
    expression: `${self}(${x}.long().clamp(0, ${numberOf(params.inputDim) - 1}))`,
    first: false,
    views: { embeddings: 'weight' },
  }),
  add: chained('+'),
  subtract: chained('-'),
  multiply: chained('*'),
  average: merge((parts) => `(${parts.join(' + ')}) / ${parts.length}`),
  maximum: nested('torch.maximum'),
  minimum: nested('torch.minimum'),
  concatenate: (context) => {
    const written = merge((parts) => parts.join(', '))(context)
    const axis = axisIn(numberOf(context.params.axis), context.shape.length + 1, written.first)
    return { expression: `torch.cat([${written.expression}], ${axis})`, first: written.first }
  },
  dot: (context) => ({ expression: dot(context), first: false }),
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
  upSampling1D: ({ params, xFirst }) => ({
    expression: `${xFirst}.repeat_interleave(${numbersOf(params.size)[0] ?? numberOf(params.size)}, -1)`,
    first: true,
  }),
  upSampling2D: ({ params, xFirst }) => {
    const mode = params.interpolation === 'bilinear' ? 'mode="bilinear", align_corners=False' : 'mode="nearest"'
    return { expression: `F.interpolate(${xFirst}, scale_factor=${sizes(numbersOf(params.size))}, ${mode})`, first: true }
  },
  zeroPadding1D: ({ params, xFirst }) => ({
    expression: `F.pad(${xFirst}, ${flat(tuple(numbersOf(params.padding).map(number)))})`,
    first: true,
  }),
  zeroPadding2D: ({ params, xFirst }) => {
    const [top = 0, bottom = 0, left = 0, right = 0] = numbersOf(params.padding)
    return { expression: `F.pad(${xFirst}, (${left}, ${right}, ${top}, ${bottom}))`, first: true }
  },
  cropping1D: ({ layer, params, x }) => {
    const [begin = 0] = numbersOf(params.cropping)
    return { expression: `${x}[:, ${begin}:${begin + (layer.shape[0] ?? 0)}]`, first: false }
  },
  cropping2D: ({ layer, params, x }) => {
    const [top = 0, , left = 0] = numbersOf(params.cropping)
    const [rows = 0, columns = 0] = layer.shape
    return { expression: `${x}[:, ${top}:${top + rows}, ${left}:${left + columns}]`, first: false }
  },
  batchNormalization: ({ layer, params, pieces, self, inputs, shape }) => {
    const isFirst = inputs[0]?.first === true
    const rank = shape.length + 1
    const axis = axisIn(numberOf(params.axis), rank, isFirst)
    const size = layer.weights[0]?.shape[0] ?? 1
    return {
      module: `${pieces.use('BatchNormalization')}(${[
        number(size),
        `axis=${axis}`,
        `momentum=${numberOf(params.momentum)}`,
        `epsilon=${numberOf(params.epsilon)}`,
        `scale=${flagOf(params.scale)}`,
        `center=${flagOf(params.center)}`,
        `frozen=${boolean(layer.frozen)}`,
      ].join(', ')})`,
      expression: `${self}(${inputs[0]?.variable ?? ''})`,
      first: isFirst,
      views: {
        ...scaleViews(params, 'gamma', 'beta'),
        movingMean: 'moving_mean',
        movingVariance: 'moving_variance',
      },
    }
  },
  layerNormalization: ({ layer, params, pieces, self, x, shape }) => {
    const rank = shape.length + 1
    const axes = numbersOf(params.axis)
      .map((axis) => (axis < 0 ? axis + rank : axis))
      .toSorted((a, b) => a - b)
    const own = layer.weights[0]?.shape ?? axes.map((axis) => shape[axis - 1] ?? 1)
    const args = [flat(tuple(own.map(number))), flat(tuple(axes.map(number))), number(numberOf(params.epsilon))]
    return {
      module: `${pieces.use('LayerNormalization')}(${[...args, `scale=${flagOf(params.scale)}`, `center=${flagOf(params.center)}`].join(', ')})`,
      expression: `${self}(${x})`,
      first: false,
      views: scaleViews(params, 'scale', 'offset'),
    }
  },
  rmsNormalization: ({ layer, params, pieces, self, x, shape }) => {
    const rank = shape.length + 1
    const given = numbersOf(params.axis).length > 0 ? numbersOf(params.axis) : [numberOf(params.axis)]
    const axes = given.map((axis) => (axis < 0 ? axis + rank : axis)).toSorted((a, b) => a - b)
    const own = layer.weights[0]?.shape ?? []
    const args = [flat(tuple(own.map(number))), flat(tuple(axes.map(number))), number(numberOf(params.epsilon))]
    return {
      module: `${pieces.use('LayerNormalization')}(${args.join(', ')}, center=False, rms=True)`,
      expression: `${self}(${x})`,
      first: false,
      views: { scale: 'scale' },
    }
  },
  groupNormalization: ({ layer, params, pieces, self, inputs, shape }) => {
    const isFirst = inputs[0]?.first === true
    const rank = shape.length + 1
    const normal = axisIn(numberOf(params.axis), rank, false)
    const size = shape[normal - 1] ?? 1
    const groups = numberOf(params.groups) === -1 ? size : numberOf(params.groups)
    const args = [number(groups), number(size), `axis=${axisIn(numberOf(params.axis), rank, isFirst)}`]
    return {
      module: `${pieces.use('GroupNormalization')}(${[
        ...args,
        `epsilon=${numberOf(params.epsilon)}`,
        `scale=${flagOf(params.scale)}`,
        `center=${flagOf(params.center)}`,
      ].join(', ')})`,
      expression: `${self}(${inputs[0]?.variable ?? ''})`,
      first: isFirst,
      views: layer.weights.length > 0 ? scaleViews(params, 'gamma', 'beta') : {},
    }
  },
  simpleRNN: recurrent('SimpleRNNCell'),
  lstm: recurrent('LSTMCell'),
  gru: recurrent('GRUCell'),
  multiHeadAttention: (context) => {
    const { layer, params, pieces, self } = context
    const [query = [], value = query, key = value] = layer.inputShapes
    const keyDim = numberOf(params.keyDim)
    const outputs = numbersOf(params.outputShape).length > 0 ? numbersOf(params.outputShape) : [query.at(-1) ?? 1]
    const views = ['query', 'key', 'value', 'attentionOutput'].flatMap((name) => {
      const own = name === 'attentionOutput' ? 'output' : name
      const kernel: [string, string] = [`${name}/kernel`, `${own}_kernel`]
      const bias: [string, string] = [`${name}/bias`, `${own}_bias`]
      return params.useBias === false ? [kernel] : [kernel, bias]
    })
    return {
      module: `${pieces.use('MultiHeadAttention')}(${[
        flat(list([query, key, value].map((shape) => number(shape.at(-1) ?? 1)))),
        `heads=${numberOf(params.numHeads)}`,
        `key=${keyDim}`,
        `value=${params.valueDim === null ? keyDim : numberOf(params.valueDim)}`,
        `outputs=${flat(tuple(outputs.map(number)))}`,
        `bias=${flagOf(params.useBias)}`,
        attention(params),
      ].join(', ')})`,
      expression: `${self}(${attended(context)})`,
      first: false,
      views: Object.fromEntries(views),
    }
  },
  attention: (context) => {
    const { params, pieces, self } = context
    const concatenates = params.scoreMode === 'concat'
    return {
      module: `${pieces.use('Attention')}(${flagOf(params.useScale)}, ${boolean(concatenates)}, ${attention(params)})`,
      expression: `${self}(${attended(context)})`,
      first: false,
      views: {
        ...(params.useScale === true ? { scale: 'scale' } : {}),
        ...(concatenates ? { concatScoreWeight: 'concat_score_weight' } : {}),
      },
    }
  },
  additiveAttention: (context) => {
    const { params, pieces, self, shape } = context
    return {
      module: `${pieces.use('AdditiveAttention')}(${shape.at(-1) ?? 1}, ${flagOf(params.useScale)}, ${attention(params)})`,
      expression: `${self}(${attended(context)})`,
      first: false,
      views: params.useScale === true ? { scale: 'scale' } : {},
    }
  },
}

/** The kinds of layers that a PyTorch script can have. */
export const torchKinds: readonly string[] = Object.keys(writers)
