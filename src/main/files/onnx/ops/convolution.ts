import { intOf, intsOf, textOf } from '../attributes.ts'
import { permuted, reshaped, type Floats } from '../floats.ts'
import type { Draft } from '../sheet.ts'
import type { Step } from '../step.ts'
import { cropped, isCausal, padsOf, paddingOf, placesOf, windowOf, zeroPadded, type Window } from './window.ts'

function checkRank(step: Step, rank: number): void {
  if (rank < 1 || rank > 2) step.refuse(`moves over ${rank} axes, which no layer does; use images or sequences`)
}

function checkSteps(step: Step, { strides, dilations }: Window): void {
  if (Math.max(...strides) > 1 && Math.max(...dilations) > 1)
    step.refuse(
      `has strides ${strides.join(', ')} and dilations ${dilations.join(', ')}, which no layer has at once; set one of them to 1`,
    )
}

const biasOf = (bias: Floats | undefined): Readonly<Record<string, Floats>> => (bias ? { bias } : {})

/** Kernel [filters, channels / group, ...window] becomes [...window, channels / group, filters]. */
export function conv(step: Step): void {
  const stored = step.weights(1, 'kernel')
  const bias = step.floats(2, 'bias')
  const [filters = 1, channels = 1, ...kernelSize] = stored.shape
  const rank = kernelSize.length
  checkRank(step, rank)
  const window = windowOf(step, kernelSize)
  checkSteps(step, window)
  const groups = intOf(step.node, 'group', 1)
  const input = step.channelsLast(step.flow(), rank)
  if (input.sizes.at(-1) !== channels * groups)
    return step.refuse(`has a kernel for ${channels * groups} channels, but is given ${input.sizes.at(-1)}`)
  const sizes = input.sizes.slice(0, -1)
  const pads = padsOf(step, sizes, window)
  const depthwise = channels === 1 && groups > 1 && filters % groups === 0
  const padding = paddingOf(pads, sizes, window) ?? (!depthwise && isCausal(pads, window) ? 'causal' : null)
  const source = padding === null ? zeroPadded(step, input, pads) : input
  const places =
    padding === null || padding === 'valid'
      ? placesOf(source.sizes.slice(0, -1), window)
      : sizes.map((size, axis) => Math.ceil(size / (window.strides[axis] ?? 1)))
  const last = permuted(stored, [...kernelSize.map((_, axis) => axis + 2), 1, 0])
  const common = {
    kernelSize,
    strides: window.strides,
    padding: padding ?? 'valid',
    dilationRate: window.dilations,
    useBias: bias !== undefined,
  }
  const layer = depthwise
    ? step.layer({
        kind: `depthwiseConv${rank}D`,
        params: { ...common, depthMultiplier: filters / groups },
        inputs: [source],
        weights: { kernel: reshaped(last, [...kernelSize, groups, filters / groups]), ...biasOf(bias) },
        sizes: [...places, filters],
      })
    : step.layer({
        kind: `conv${rank}D`,
        params: { filters, ...common, groups },
        inputs: [source],
        weights: { kernel: last, ...biasOf(bias) },
        sizes: [...places, filters],
      })
  step.give(step.channelsFirst(layer))
}

/** Kernel [channels, filters, ...window] becomes [...window, filters, channels]. */
export function convTranspose(step: Step): void {
  const stored = step.weights(1, 'kernel')
  const bias = step.floats(2, 'bias')
  const [, filters = 1, ...kernelSize] = stored.shape
  const rank = kernelSize.length
  checkRank(step, rank)
  if (intOf(step.node, 'group', 1) !== 1)
    return step.refuse(
      'has groups, which no transposed convolution has; use an upsampling and a convolution with groups',
    )
  const window = windowOf(step, kernelSize)
  checkSteps(step, window)
  if (textOf(step.node, 'auto_pad', 'NOTSET') !== 'NOTSET' || intsOf(step.node, 'output_shape'))
    return step.refuse('leaves its pads to the runtime; export it with explicit pads')
  const input = step.channelsLast(step.flow(), rank)
  const sizes = input.sizes.slice(0, -1)
  const pads = padsOf(step, sizes, window)
  const added = intsOf(step.node, 'output_padding') ?? kernelSize.map(() => 0)
  const extents = kernelSize.map((size, axis) => (size - 1) * (window.dilations[axis] ?? 1) + 1)
  const strideOf = (axis: number): number => window.strides[axis] ?? 1
  const fullOf = (axis: number): number => ((sizes[axis] ?? 1) - 1) * strideOf(axis) + (extents[axis] ?? 1)
  // The padding same spreads each place over one stride and cuts the rest off both ends.
  const same = pads.every(([begin, end], axis) => {
    const rest = (extents[axis] ?? 1) - strideOf(axis)
    return added[axis] === 0 && rest > 0 && begin === Math.floor(rest / 2) && end === rest - begin
  })
  const makeLayer = (padding: string, outputPadding: readonly number[], places: readonly number[]): Draft =>
    step.layer({
      kind: `conv${rank}DTranspose`,
      params: {
        filters,
        kernelSize,
        strides: window.strides,
        padding,
        outputPadding,
        dilationRate: window.dilations,
        useBias: bias !== undefined,
      },
      inputs: [input],
      weights: { kernel: permuted(stored, [...kernelSize.map((_, axis) => axis + 2), 1, 0]), ...biasOf(bias) },
      sizes: [...places, filters],
    })
  const kept = added.every((places) => places === 0) && extents.every((extent, axis) => extent >= strideOf(axis))
  const layer = same
    ? makeLayer(
        'same',
        [],
        sizes.map((size, axis) => size * strideOf(axis)),
      )
    : cropped(
        step,
        makeLayer(
          'valid',
          kept ? [] : added,
          sizes.map((_, axis) => fullOf(axis) + (added[axis] ?? 0)),
        ),
        pads,
      )
  step.give(step.channelsFirst(layer))
}
