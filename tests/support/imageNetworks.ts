/** Networks over small images, made of a few choices: what layer, and how it is set. */
import fc from 'fast-check'
import type { Project, ProjectNode, Setting } from '#engine/project/project.ts'
import { chain, setting } from './projects.ts'

/** Which layer comes next, and numbers that its settings are made of. */
interface Choice {
  readonly layer: (typeof layers)[number]
  readonly numbers: readonly number[]
}

export interface ImageNetwork {
  readonly rows: number
  readonly columns: number
  readonly channels: number
  readonly choices: readonly Choice[]
  readonly end: 'flatten' | 'globalAveragePooling2D' | 'globalMaxPooling2D'
}

const layers = [
  'convolution',
  'residual',
  'branches',
  'depthwise',
  'groups',
  'transposed',
  'maxPooling',
  'averagePooling',
  'batchNormalization',
  'activation',
  'dropout',
  'upSampling',
  'edges',
] as const

const numbers = fc.array(fc.nat(11), { minLength: 6, maxLength: 6 })

/** Images of 5 to 9 rows and columns through one to four layers after a first convolution. */
export const imageNetworks: fc.Arbitrary<ImageNetwork> = fc.record({
  rows: fc.integer({ min: 5, max: 9 }),
  columns: fc.integer({ min: 5, max: 9 }),
  channels: fc.constantFrom(1, 3, 4),
  choices: fc
    .tuple(numbers, fc.array(fc.record({ layer: fc.constantFrom(...layers), numbers }), { minLength: 1, maxLength: 4 }))
    .map(([first, rest]) => [{ layer: 'convolution' as const, numbers: first }, ...rest]),
  end: fc.constantFrom('flatten', 'globalAveragePooling2D', 'globalMaxPooling2D'),
})

const pick = <T>(options: readonly T[], number = 0): T => options[number % options.length]!

/** The network as a project; channels come in multiples of `block`, and now and then do not. */
export function projectOf({ rows, columns, channels, choices, end }: ImageNetwork, block: number): Project {
  const nodes: ProjectNode[] = []
  const wires: { from: string; to: string }[] = []
  let size = { rows, columns, channels }
  let last = 'input'
  const place = (kind: string, params: Setting['params'], from: readonly string[] = [last]): string => {
    const name = `${kind}${nodes.length}`
    nodes.push({ name, kind, params, position: { x: 0, y: 0 } })
    wires.push(...from.map((each) => ({ from: each, to: name })))
    return name
  }
  nodes.push({ name: 'input', kind: 'input', params: { shape: [rows, columns, channels] }, position: { x: 0, y: 0 } })
  const strided = (at: number, stride: number) => Math.ceil(at / stride)
  for (const {
    layer,
    numbers: [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0],
  } of choices) {
    const smallest = Math.min(size.rows, size.columns)
    const kernelSize = [pick([3, 1, 2, 5], a), pick([3, 2, 1, 5], b)]
    const stride = pick([1, 2, 1, 3], c)
    const dilation = stride === 1 ? pick([1, 1, 2], d) : 1
    const filters = block * pick([1, 2], e)
    const activation = pick(['relu', 'linear', 'tanh'], f)
    const window = { kernelSize, padding: 'same', strides: [stride, stride] }
    const shrink = () => (size = { ...size, rows: strided(size.rows, stride), columns: strided(size.columns, stride) })
    switch (layer) {
      case 'convolution': {
        const many = pick([filters, filters, filters, 5], a + c)
        const valid = f % 4 === 3 && smallest >= 5 && dilation === 1 && stride === 1
        const padding = valid ? 'valid' : 'same'
        last = place('conv2D', { ...window, padding, dilationRate: [dilation, dilation], filters: many, activation })
        shrink()
        if (valid) size = { ...size, rows: size.rows - kernelSize[0]! + 1, columns: size.columns - kernelSize[1]! + 1 }
        size = { ...size, channels: many }
        break
      }
      case 'residual': {
        const branch = place('conv2D', { kernelSize, padding: 'same', filters: size.channels, useBias: a % 2 === 0 })
        const inner = e % 2 === 0 ? branch : place('stochasticDepth', { rate: 0.4 }, [branch])
        last = place('add', {}, c % 2 === 0 ? [inner, last] : [last, inner])
        if (d % 2 === 0) last = place('activation', { activation: 'relu' })
        break
      }
      case 'branches': {
        const one = place('conv2D', { kernelSize, padding: 'same', filters, activation })
        last = place('concatenate', {}, [one, last])
        size = { ...size, channels: size.channels + filters }
        break
      }
      case 'depthwise':
        last = place('depthwiseConv2D', { ...window, dilationRate: [dilation, dilation], activation })
        shrink()
        break
      case 'groups': {
        const groups = size.channels % 2 === 0 ? 2 : 1
        last = place('conv2D', { ...window, filters, groups, activation })
        shrink()
        size = { ...size, channels: filters }
        break
      }
      case 'transposed': {
        const step = smallest > 6 ? 1 : Math.min(stride, 2)
        last = place('conv2DTranspose', { ...window, strides: [step, step], filters, activation })
        size = { rows: size.rows * step, columns: size.columns * step, channels: filters }
        break
      }
      case 'maxPooling':
      case 'averagePooling': {
        const poolSize = pick([2, 3], a)
        const step = pick([poolSize, 1, 2], b)
        if (smallest < poolSize) break
        const padding = pick(['valid', 'same'], c)
        last = place(`${layer}2D`, { poolSize: [poolSize, poolSize], strides: [step, step], padding })
        const left = (at: number) => (padding === 'same' ? strided(at, step) : Math.floor((at - poolSize) / step) + 1)
        size = { ...size, rows: left(size.rows), columns: left(size.columns) }
        break
      }
      case 'batchNormalization':
        last = place('batchNormalization', { scale: a % 3 !== 0, center: b % 3 !== 0 })
        break
      case 'activation':
        last = place('activation', { activation: pick(['relu', 'elu', 'sigmoid', 'leaky_relu', 'swish', 'relu6'], a) })
        break
      case 'dropout':
        last = place(pick(['dropout', 'spatialDropout2D', 'dropBlock', 'gaussianDropout'], a), { rate: 0.3 })
        break
      case 'upSampling':
        if (smallest > 4) break
        last = place('upSampling2D', { size: [2, 2] })
        size = { ...size, rows: 2 * size.rows, columns: 2 * size.columns }
        break
      case 'edges':
        if (smallest > 4) {
          last = place('cropping2D', { cropping: [1, 0, 2, 1] })
          size = { ...size, rows: size.rows - 1, columns: size.columns - 3 }
        } else {
          last = place('zeroPadding2D', { padding: [0, 1, 2, 1] })
          size = { ...size, rows: size.rows + 1, columns: size.columns + 3 }
        }
    }
  }
  last = place(end, {})
  place('dense', { units: 3, activation: 'softmax' })
  const project = chain([], { optimizer: setting('sgd', { learningRate: 0.05, momentum: 0.5 }) })
  return { ...project, graph: { nodes, wires } }
}
