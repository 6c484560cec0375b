/** Layers that another can take in: activations, scales, and arrangements that undo each other. */
import { combined, filledFloats, reshaped, type Floats } from './floats.ts'
import type { Draft } from './sheet.ts'

/** Ends of a network that hold on to what they put out. */
export interface End {
  layer: Draft
}

/** The layers the ends need, each after what it reads. */
export function layersOf(inputs: readonly Draft[], ends: readonly End[]): readonly Draft[] {
  const ordered = new Set<Draft>(inputs)
  const visit = (start: Draft): void => {
    // A stack of its own: networks are deeper than the stack of calls may be.
    const open = [start]
    for (let layer = open.at(-1); layer; layer = open.at(-1)) {
      const missing = layer.inputs.filter((input) => !ordered.has(input))
      if (missing.length > 0) open.push(...missing.toReversed())
      else {
        ordered.add(layer)
        open.pop()
      }
    }
  }
  for (const { layer } of ends) visit(layer)
  return [...ordered]
}

/** Simplifies until nothing can be; the computation stays what it is. */
export function tidy(inputs: readonly Draft[], ends: readonly End[]): void {
  for (let changed = true; changed;) {
    const layers = layersOf(inputs, ends)
    const readers = new Map<Draft, number>()
    for (const { inputs: read } of layers) for (const input of read) readers.set(input, (readers.get(input) ?? 0) + 1)
    for (const { layer } of ends) readers.set(layer, (readers.get(layer) ?? 0) + 1)
    const replaced = new Map<Draft, Draft>()
    const before = layers.map(({ kind }) => kind).join()
    for (const layer of layers) {
      const source = layer.inputs[0]
      if (!source || replaced.has(source)) continue
      const alone = readers.get(source) === 1
      const into = (alone ? takenIn(layer, source) : null) ?? shortened(layer) ?? joinedAgain(layer)
      if (into) replaced.set(layer, into)
    }
    changed = replaced.size > 0 || layers.map(({ kind }) => kind).join() !== before
    const now = (layer: Draft): Draft => {
      const next = replaced.get(layer)
      return next && next !== layer ? now(next) : layer
    }
    for (const layer of layers) layer.inputs = layer.inputs.map(now)
    for (const end of ends) end.layer = now(end.layer)
  }
}

const activated = /^(dense|(depthwise)?[cC]onv[12]D(Transpose)?)$/

/** The only reader of a layer, done by the layer itself; null where it cannot. */
function takenIn(layer: Draft, source: Draft): Draft | null {
  const linear = source.params['activation'] === undefined
  if (layer.kind === 'activation' && activated.test(source.kind) && linear) {
    source.params = { ...source.params, ...layer.params }
    return source
  }
  if (layer.kind === 'scale' && linear && layer.params['axis'] === source.sizes.length) return scaled(source, layer)
  const channels = layer.sizes.at(-1)
  const pooled = /^global.*Pooling/.test(source.kind) && source.params['keepdims'] === false
  if (
    layer.kind === 'reshape' &&
    pooled &&
    channels === source.sizes[0] &&
    layer.sizes.length === Number(source.kind.at(-2)) + 1
  ) {
    source.params = { ...source.params, keepdims: true }
    source.sizes = layer.sizes
    return source
  }
  return lastStep(layer, source)
}

/** The last step of a sequence is what a recurrent layer puts out when it is not asked for every step. */
function lastStep(layer: Draft, source: Draft): Draft | null {
  const { params } = source
  const forward =
    params['returnSequences'] === true && params['bidirectional'] === undefined && params['goBackwards'] !== true
  const cropping = layer.kind === 'cropping1D' ? layer.params['cropping'] : undefined
  if (!forward || !Array.isArray(cropping) || cropping[1] !== 0 || layer.sizes[0] !== 1) return null
  source.params = { ...params, returnSequences: false }
  source.sizes = [layer.sizes[1] ?? 1]
  layer.kind = 'reshape'
  layer.params = { shape: layer.sizes }
  return null
}

/** A factor and an offset of each channel, in the weights of the layer before; null where it has none for them. */
function scaled(source: Draft, { weights }: Draft): Draft | null {
  const { gamma, beta } = weights
  if (!gamma || !beta) return null
  const plain = gamma.data.every((factor) => factor === 1)
  const centered = beta.data.every((offset) => offset === 0)
  const times = (tensor: Floats, factor: Floats): Floats => (plain ? tensor : combined(tensor, factor, (a, b) => a * b))
  const plus = (tensor: Floats, offset: Floats): Floats =>
    centered ? tensor : combined(tensor, offset, (a, b) => a + b)
  const { kernel } = source.weights
  if (kernel && activated.test(source.kind)) {
    const { bias = filledFloats(gamma.shape, 0) } = source.weights
    const useBias = source.params['useBias'] === true || !centered
    source.weights = {
      kernel: scaledKernel(source, kernel, times, gamma),
      ...(useBias ? { bias: plus(times(bias, gamma), beta) } : {}),
    }
    source.params = { ...source.params, useBias }
    return source
  }
  const last =
    source.params['axis'] === -1 || (Array.isArray(source.params['axis']) && source.params['axis'].join() === '-1')
  if (source.kind === 'scale' && source.params['axis'] === source.sizes.length) {
    const { gamma: before = gamma, beta: offset = beta } = source.weights
    source.weights = { gamma: times(before, gamma), beta: plus(times(offset, gamma), beta) }
    return source
  }
  if (/^(layer|group)Normalization$/.test(source.kind) && last) {
    const { gamma: before = filledFloats(gamma.shape, 1), beta: offset = filledFloats(beta.shape, 0) } = source.weights
    source.weights = { gamma: times(before, gamma), beta: plus(times(offset, gamma), beta) }
    source.params = { ...source.params, scale: true, center: true }
    return source
  }
  const { scale } = source.weights
  if (source.kind !== 'rmsNormalization' || !scale || !centered) return null
  source.weights = { scale: times(scale, gamma) }
  return source
}

function scaledKernel(
  source: Draft,
  kernel: Floats,
  times: (tensor: Floats, factor: Floats) => Floats,
  gamma: Floats,
): Floats {
  if (!source.kind.endsWith('Transpose')) return times(kernel, gamma)
  // [..., filters, channels]: each factor belongs to a row of all channels.
  const channels = kernel.shape.at(-1) ?? 1
  const wide = Float32Array.from(
    { length: gamma.data.length * channels },
    (_, index) => gamma.data[Math.floor(index / channels)] ?? 1,
  )
  return times(kernel, reshaped({ ...gamma, data: wide }, [gamma.data.length, channels]))
}

/** An arrangement of an arrangement is one, or none. */
function shortened(layer: Draft): Draft | null {
  if (layer.kind !== 'reshape' && layer.kind !== 'flatten') return null
  const [source] = layer.inputs
  const before = source && (source.kind === 'reshape' || source.kind === 'flatten') ? source.inputs[0] : undefined
  if (source && source.sizes.join() === layer.sizes.join()) return source
  if (before) layer.inputs = [before]
  return before && before.sizes.join() === layer.sizes.join() ? before : null
}

/** Parts of a value that are put together in their order are the value. */
function joinedAgain(layer: Draft): Draft | null {
  if (layer.kind !== 'concatenate' || layer.params['axis'] !== -1) return null
  const parts = layer.inputs.map((input) => (input.kind === 'flatten' ? input.inputs[0] : input))
  const whole = parts[0]?.inputs[0]
  if (!whole || whole.sizes[0] !== parts.length || whole.sizes.length !== 2) return null
  const inOrder = parts.every((part, index) => {
    const cropping = part?.kind === 'cropping1D' && part.inputs[0] === whole ? part.params['cropping'] : undefined
    return Array.isArray(cropping) && cropping[0] === index && cropping[1] === parts.length - 1 - index
  })
  if (!inOrder) return null
  const flat = layer.sizes.length === 1
  layer.kind = flat ? 'flatten' : 'reshape'
  layer.params = flat ? {} : { shape: layer.sizes }
  layer.inputs = [whole]
  return null
}
