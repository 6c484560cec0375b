/** Ops that sum over channels with the weights of a constant: units come in, other units go out. */
import type { Node, Value } from '../../../graph/graph.ts'
import { floatAttribute, intAttribute } from '../../../ops/attributes.ts'
import { between, type Bounds } from '../bounds.ts'
import { kernelOf, outputBounds } from '../kernel.ts'
import type { Trace } from '../trace.ts'
import type { Rule } from './rule.ts'

interface Sum {
  readonly x: Value
  /** The axis of x that is summed over, and the one of the result that takes its place. */
  readonly axis: number
  readonly weights: Value
  readonly inputAxis: number
  readonly outputAxis: number
  readonly bias: Value | null
  readonly output: Value
  /** At some places of the result only some taps count: at edges that are padded with zeros, or between strides. */
  readonly partial: boolean
}

const biasBounds = (trace: Trace, bias: Value): readonly Bounds[] =>
  (trace.numbersOf(bias) ?? []).map((number) => between(number, number))

function contract(trace: Trace, { x, axis, weights, inputAxis, outputAxis, bias, output, partial }: Sum): boolean {
  const tensor = trace.constantOf(weights)
  const from = trace.channelsOf(x)
  if (tensor?.dtype !== 'float32' || (from && from.axis !== axis)) return false
  if (bias && (bias.shape.length !== 1 || !trace.constantOf(bias))) return false
  const kernel = kernelOf(tensor, inputAxis, outputAxis)
  if (from && from.units.length !== kernel.inputs) return false
  const to = trace.units.fresh(kernel.outputs)
  trace.claim(weights, outputAxis, to)
  trace.given.set(weights.name, to)
  if (bias) trace.claim(bias, 0, to)
  const known = outputBounds(kernel, from?.bounds ?? null, bias && biasBounds(trace, bias), partial)
  trace.set(output, { axis, units: to, bounds: known })
  if (!from) return true
  trace.claim(weights, inputAxis, from.units)
  const taking = partial ? null : (bias ?? addedLater(trace, output))
  trace.contractions.push({
    name: weights.name,
    inputAxis,
    outputAxis,
    kernel,
    from,
    to,
    bias: taking && trace.isPrivate(taking) ? taking.name : null,
  })
  return true
}

/** The constant vector that is added to a value next, and to nothing else. */
function addedLater(trace: Trace, output: Value): Value | null {
  const [reader] = trace.readersOf(output)
  if (reader?.op !== 'Add' || !trace.isPrivate(output)) return null
  const other = reader.inputs.find((input) => input && input.name !== output.name)
  const vector = other && trace.constantOf(other)
  return other && vector?.dtype === 'float32' && vector.shape.length === 1 ? other : null
}

const matMul: Rule = (trace, { inputs: [x, weights], outputs: [output] }) => {
  if (!x || weights?.shape.length !== 2 || !output) return false
  const axis = x.shape.length - 1
  return contract(trace, { x, axis, weights, inputAxis: 0, outputAxis: 1, bias: null, output, partial: false })
}

const gemm: Rule = (trace, { inputs: [x, weights, bias = null], outputs: [output], attributes }) => {
  const scaled = floatAttribute(attributes, 'alpha', 1) !== 1 || floatAttribute(attributes, 'beta', 1) !== 1
  if (!x || !weights || !output || scaled || intAttribute(attributes, 'transA', 0) === 1) return false
  const outputAxis = intAttribute(attributes, 'transB', 0) === 1 ? 0 : 1
  return contract(trace, {
    ...{ x, axis: 1, weights, inputAxis: 1 - outputAxis, outputAxis, bias, output, partial: false },
  })
}

/** Whether the window of a Conv ever hangs over an edge. */
function isPadded({ attributes }: Node): boolean {
  const { pads, auto_pad: automatic } = attributes
  if (automatic?.type === 'string' && !['NOTSET', 'VALID'].includes(automatic.value)) return true
  return pads?.type === 'ints' && pads.value.some((pad) => pad !== 0)
}

const conv: Rule = (trace, node) => {
  const [x, weights, bias = null] = node.inputs
  const [output] = node.outputs
  if (!x || !weights || !output) return false
  const group = intAttribute(node.attributes, 'group', 1)
  const partial = isPadded(node)
  if (group === 1) return contract(trace, { x, axis: 1, weights, inputAxis: 1, outputAxis: 0, bias, output, partial })
  return depthwise(trace, node, group, partial)
}

/** Each channel of x for itself gives as many of the result as there are filters a channel; they stay together. */
function depthwise(trace: Trace, node: Node, group: number, partial: boolean): boolean {
  const [x, weights, bias = null] = node.inputs
  const [output] = node.outputs
  const from = trace.channelsOf(x)
  const tensor = weights && trace.constantOf(weights)
  if (!weights || !output || tensor?.dtype !== 'float32' || from?.axis !== 1 || from.units.length !== group)
    return false
  if (bias && !trace.constantOf(bias)) return false
  const filters = tensor.shape[0] ?? 0
  const sources = Array.from({ length: filters }, (_, filter) => Math.floor((filter * group) / filters))
  const units = sources.map((source) => from.units[source] ?? 0)
  const { above, below } = kernelOf(tensor, 1, 0)
  const added = bias && biasBounds(trace, bias)
  const bounds = sources.flatMap((source, filter) => {
    const own = {
      inputs: 1,
      outputs: 1,
      above: above.slice(filter, filter + 1),
      below: below.slice(filter, filter + 1),
    }
    const input = from.bounds.slice(source, source + 1)
    return outputBounds(own, input, added && added.slice(filter, filter + 1), partial)
  })
  trace.claim(weights, 0, units)
  if (bias) trace.claim(bias, 0, units)
  trace.set(output, { axis: 1, units, bounds })
  trace.adapted.set(node, (left) => ({
    attributes: { ...node.attributes, group: { type: 'int', value: left(from.units) } },
  }))
  return true
}

const convTranspose: Rule = (trace, { inputs: [x, weights, bias = null], outputs: [output], attributes }) => {
  if (!x || !weights || !output || intAttribute(attributes, 'group', 1) !== 1) return false
  return contract(trace, { x, axis: 1, weights, inputAxis: 0, outputAxis: 1, bias, output, partial: true })
}

/** Rows of a constant table, picked by numbers; or places of a value, all channels of each. */
const gather: Rule = (trace, { inputs: [data, indices], outputs: [output], attributes }) => {
  if (!data || !indices || !output) return false
  // Each number picks something of its own.
  trace.pin(trace.channelsOf(indices)?.units ?? [])
  const axis = intAttribute(attributes, 'axis', 0)
  const channels = trace.channelsOf(data)
  const along = axis < 0 ? axis + data.shape.length : axis
  if (channels && channels.axis !== along) {
    const moved = along < channels.axis ? channels.axis - 1 + indices.shape.length : channels.axis
    trace.set(output, { ...channels, axis: moved })
    return true
  }
  const table = trace.constantOf(data)
  if (channels || table?.dtype !== 'float32' || table.shape.length !== 2 || along !== 0) return false
  const { above, below, inputs } = kernelOf(table, 0, 1)
  const units = trace.units.fresh(table.shape[1] ?? 0)
  const bounds = units.map((_, unit) => {
    const rows = Array.from({ length: inputs }, (_row, row) => row * units.length + unit)
    const numbers = rows.map((at) => (above[at] ?? 0) + (below[at] ?? 0))
    return between(Math.min(...numbers), Math.max(...numbers))
  })
  trace.claim(data, 1, units)
  trace.set(output, { axis: output.shape.length - 1, units, bounds })
  return true
}

export const contractions: Readonly<Record<string, Rule>> = {
  MatMul: matMul,
  Gemm: gemm,
  Conv: conv,
  ConvTranspose: convTranspose,
  Gather: gather,
}
