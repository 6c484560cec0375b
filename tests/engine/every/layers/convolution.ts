/** Cases of the convolutions: random windows over random sizes, and their formulas. */
import fc from 'fast-check'
import type { Shape } from '#engine/graph/graph.ts'
import type { Case, Cases, Given } from './case.ts'
import { at, fill, list, placesOf, under, windowOf } from './places.ts'

interface Drawn {
  readonly sizes: readonly number[]
  readonly kernelSize: readonly number[]
  readonly strides: readonly number[]
  readonly dilationRate: readonly number[]
  readonly padding: string
  /** Channels and filters of each group. */
  readonly channels: number
  readonly filters: number
  readonly groups: number
  readonly extra: readonly number[]
}

/** Settings Keras takes, over inputs that hold at least one window. */
function draw(rank: number, paddings: readonly string[], count: number, seed: number): Drawn[] {
  const each = (min: number, max: number) => fc.array(fc.integer({ min, max }), { minLength: rank, maxLength: rank })
  const ones = Array.from({ length: rank }, () => 1)
  const steps = fc.oneof(
    fc.record({ strides: each(1, 3), dilationRate: fc.constant(ones) }),
    fc.record({ strides: fc.constant(ones), dilationRate: each(1, 2) }),
  )
  const drawn = fc.record({
    steps,
    kernelSize: each(1, 3),
    room: each(0, 3),
    padding: fc.constantFrom(...paddings),
    channels: fc.integer({ min: 1, max: 2 }),
    filters: fc.integer({ min: 1, max: 2 }),
    groups: fc.integer({ min: 1, max: 2 }),
    extra: each(0, 2),
  })
  // A window without a middle needs one zero more at the end than at the beginning.
  const even: Drawn = {
    sizes: ones.map((_, axis) => 3 + axis),
    kernelSize: ones.map(() => 2),
    strides: ones,
    dilationRate: ones,
    padding: 'same',
    channels: 2,
    filters: 2,
    groups: 1,
    extra: [],
  }
  const random = fc
    .sample(drawn, { numRuns: count, seed })
    .map(({ steps: { strides, dilationRate }, room, ...rest }): Drawn => ({
      ...rest,
      strides,
      dilationRate,
      sizes: room.map((more, axis) => (rest.kernelSize[axis]! - 1) * dilationRate[axis]! + 1 + more),
    }))
  return [even, ...random]
}

const channelsOf = ({ inputs: [x] }: Given): number => x!.shape.at(-1)!
const sizesOf = ({ inputs: [x] }: Given): readonly number[] => x!.shape.slice(1, -1)
const bias = ({ weights }: Given, channel: number): number => weights['bias']?.data[channel] ?? 0

/** y[n, o, m] = Σ_k,c x[n, place(o, k), c] kernel[k, c, m] + bias[m], c within the group of m. */
function convolution(given: Given): Float64Array {
  const [x, kernel] = [given.inputs[0]!, given.weights['kernel']!]
  const [inGroup, filters] = kernel.shape.slice(-2) as [number, number]
  const perGroup = filters / (channelsOf(given) / inGroup)
  return fill(given.shape, ([n, ...rest]) => {
    const [place, m] = [rest.slice(0, -1), rest.at(-1)!]
    const first = Math.floor(m / perGroup) * inGroup
    let sum = bias(given, m)
    for (const { position, offset } of under(sizesOf(given), windowOf(given.params), place))
      for (let c = 0; c < inGroup; c++) sum += at(x, [n!, ...position, first + c]) * at(kernel, [...offset, c, m])
    return sum
  })
}

/** z[n, o, c, m] = Σ_k x[n, place(o, k), c] kernel[k, c, m] */
function ofEach(given: Given, name: string, n: number, place: readonly number[], c: number, m: number): number {
  const [x, kernel] = [given.inputs[0]!, given.weights[name]!]
  return under(sizesOf(given), windowOf(given.params), place).reduce(
    (sum, { position, offset }) => sum + at(x, [n, ...position, c]) * at(kernel, [...offset, c, m]),
    0,
  )
}

/** y[n, o, c · multiplier + m] = z[n, o, c, m] + bias */
function depthwise(given: Given): Float64Array {
  const multiplier = Number(given.params['depthMultiplier'])
  return fill(given.shape, ([n, ...rest]) => {
    const [place, channel] = [rest.slice(0, -1), rest.at(-1)!]
    return (
      ofEach(given, 'kernel', n!, place, Math.floor(channel / multiplier), channel % multiplier) + bias(given, channel)
    )
  })
}

/** y[n, o, f] = Σ z[n, o, c, m] pointwise[c · multiplier + m, f] + bias[f] */
function separable(given: Given): Float64Array {
  const multiplier = Number(given.params['depthMultiplier'])
  const pointwise = given.weights['pointwiseKernel']!
  const ones = sizesOf(given).map(() => 0)
  return fill(given.shape, ([n, ...rest]) => {
    const [place, f] = [rest.slice(0, -1), rest.at(-1)!]
    let sum = bias(given, f)
    for (let c = 0; c < channelsOf(given); c++)
      for (let m = 0; m < multiplier; m++)
        sum += ofEach(given, 'depthwiseKernel', n!, place, c, m) * at(pointwise, [...ones, c * multiplier + m, f])
    return sum
  })
}

/** Keras' sizes of a transposed convolution. */
function transposedSizes(sizes: readonly number[], params: Given['params']): number[] {
  const { kernel, strides, dilations, padding } = windowOf(params)
  const added = list(params['outputPadding'])
  return sizes.map((size, axis) => {
    const [extent, stride] = [(kernel[axis]! - 1) * dilations[axis]! + 1, strides[axis]!]
    if (padding === 'same') return added.length > 0 ? (size - 1) * stride + (extent % 2) + added[axis]! : size * stride
    return (size - 1) * stride + extent + (added.length > 0 ? added[axis]! : Math.max(stride - extent, 0))
  })
}

/** y[n, p, f] = Σ x[n, o, c] kernel[k, f, c] + bias[f], over the places o of a convolution of y, and offsets k, that meet at p. */
function transposed(given: Given): Float64Array {
  const [x, kernel] = [given.inputs[0]!, given.weights['kernel']!]
  const window = windowOf(given.params)
  const sizes = given.shape.slice(1, -1)
  const meeting = new Map<string, { place: readonly number[]; offset: readonly number[] }[]>()
  fill(sizesOf(given), (place) => {
    for (const { position, offset } of under(sizes, window, place)) {
      const key = position.join()
      meeting.set(key, [...(meeting.get(key) ?? []), { place: [...place], offset }])
    }
    return 0
  })
  return fill(given.shape, ([n, ...rest]) => {
    const [p, f] = [rest.slice(0, -1), rest.at(-1)!]
    let sum = bias(given, f)
    for (const { place, offset } of meeting.get(p.join()) ?? [])
      for (let c = 0; c < channelsOf(given); c++) sum += at(x, [n!, ...place, c]) * at(kernel, [...offset, f, c])
    return sum
  })
}

/** One random case: the settings, under those that are its own, and how many channels come out. */
function windowed(
  { sizes, kernelSize, strides, dilationRate, padding }: Drawn,
  channels: number,
  own: Case['params'],
  output: (places: readonly number[], params: Given['params']) => Shape,
  formula: (given: Given) => Float64Array,
): Case {
  const params = { kernelSize, strides, dilationRate, padding, ...own }
  return {
    inputs: [['batch', ...sizes, channels]],
    params,
    settings: 2,
    output: (all) => ['batch', ...output(placesOf(sizes, windowOf(params)), all)],
    formula,
  }
}

const convolutions = (rank: number, paddings: readonly string[], seed: number): Case[] =>
  draw(rank, paddings, 6, seed).map((drawn) => {
    const { channels, filters, groups } = drawn
    const own = { filters: filters * groups, groups }
    return windowed(drawn, channels * groups, own, (places) => [...places, filters * groups], convolution)
  })

const depthwises = (rank: number, seed: number): Case[] =>
  draw(rank, ['valid', 'same'], 5, seed).map((drawn) => {
    const { channels, filters } = drawn
    const output = (places: readonly number[]) => [...places, channels * filters]
    return windowed(drawn, channels, { depthMultiplier: filters }, output, depthwise)
  })

const separables = (rank: number, seed: number): Case[] =>
  draw(rank, ['valid', 'same'], 5, seed).map((drawn) => {
    const { channels, filters, groups } = drawn
    const own = { depthMultiplier: groups, filters }
    return windowed(drawn, channels, own, (places) => [...places, filters], separable)
  })

const transposeds = (rank: number, seed: number): Case[] =>
  draw(rank, ['valid', 'same'], 8, seed).map((drawn) => {
    const { sizes, strides, kernelSize, channels, filters, extra, padding } = drawn
    // Same padding leads back to the same size only where the kernel's odd place or the output padding makes up a stride.
    const fits = strides.every(
      (stride, axis) =>
        extra[axis] !== undefined &&
        extra[axis] < stride &&
        (padding === 'valid' || (kernelSize[axis]! % 2) + extra[axis] > 0) &&
        drawn.dilationRate[axis] === 1,
    )
    const own = { filters, outputPadding: fits ? extra : [] }
    const output = (_: readonly number[], params: Given['params']) => [...transposedSizes(sizes, params), filters]
    return windowed(drawn, channels, own, output, transposed)
  })

export const convolutionCases: Cases = {
  conv1D: convolutions(1, ['valid', 'same', 'causal'], 1),
  conv2D: convolutions(2, ['valid', 'same'], 2),
  conv1DTranspose: transposeds(1, 3),
  conv2DTranspose: transposeds(2, 4),
  depthwiseConv1D: depthwises(1, 5),
  depthwiseConv2D: depthwises(2, 6),
  separableConv1D: separables(1, 7),
  separableConv2D: separables(2, 8),
}
