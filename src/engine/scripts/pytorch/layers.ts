/** Each layer as PyTorch has it: its module, what it does to its inputs, and its weights in Espalier's layouts. */
import { fail } from '../../project/project.ts'
import type { ScriptLayer } from '../plan.ts'
import { flat, number, tuple } from '../python.ts'
import { activated } from './activation.ts'
import { augmentations } from './augmentation.ts'
import {
  axisIn,
  biasView,
  elementwise,
  first,
  last,
  numberOf,
  numbersOf,
  sizes,
  type Context,
  type Held,
  type TorchLayer,
  type Writer,
} from './context.ts'
import { convolutions } from './convolution.ts'
import type { Pieces } from './modules.ts'
import { noises } from './noise.ts'
import { normalizations } from './normalization.ts'
import { sequences } from './sequences.ts'

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

const writers: Readonly<Record<string, Writer>> = {
  ...convolutions,
  ...normalizations,
  ...noises,
  ...augmentations,
  ...sequences,
  dense: ({ params, self, x, shape }) => ({
    module: `nn.Linear(${shape.at(-1) ?? 1}, ${numberOf(params.units)}${params.useBias === false ? ', bias=False' : ''})`,
    expression: `${self}(${x})`,
    first: false,
    views: { kernel: 'weight.T', ...biasView(params) },
  }),
  activation: elementwise((x) => x),
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
  repeatVector: ({ params, x }) => ({
    expression: `${x}.unsqueeze(1).repeat(1, ${numberOf(params.n)}, 1)`,
    first: false,
  }),
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
  upSampling1D: ({ params, xFirst }) => ({
    expression: `${xFirst}.repeat_interleave(${numbersOf(params.size)[0] ?? numberOf(params.size)}, -1)`,
    first: true,
  }),
  upSampling2D: ({ params, xFirst }) => {
    const mode = params.interpolation === 'bilinear' ? 'mode="bilinear", align_corners=False' : 'mode="nearest"'
    return {
      expression: `F.interpolate(${xFirst}, scale_factor=${sizes(numbersOf(params.size))}, ${mode})`,
      first: true,
    }
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
}

/** The kinds of layers that a PyTorch script can have. */
export const torchKinds: readonly string[] = Object.keys(writers)
