import { floatOf, intOf } from '../attributes.ts'
import { expanded, permuted, reshaped, rowsIn, type Floats } from '../floats.ts'
import type { Flow } from '../sheet.ts'
import type { Step } from '../step.ts'
import { trailing } from '../trailing.ts'

/** A dense layer over the last axis of a value; the kernel is [inputs, units]. */
function addDense(step: Step, flow: Flow, kernel: Floats, bias: Floats | undefined): Flow {
  const [inputs = 1, units = 1] = kernel.shape
  const last = flow.axes.length - 1
  const { flow: input, order } = trailing(step, flow, last)
  const given = input.layer.sizes.at(-1)
  if (given !== inputs) return step.refuse(`multiplies ${step.shapeOf(flow)} by a matrix of ${inputs} rows`)
  const layer = step.layer({
    kind: 'dense',
    params: { units, useBias: bias !== undefined },
    inputs: [input.layer],
    weights: { kernel: order ? rowsIn(kernel, order) : kernel, ...(bias ? { bias } : {}) },
    sizes: input.layer.sizes.with(-1, units),
  })
  return { layer, axes: input.axes }
}

const swapped = (flow: Flow): Flow => ({
  ...flow,
  axes: [...flow.axes.slice(0, -2), flow.axes.at(-1) ?? [], flow.axes.at(-2) ?? []],
})

const scaled = (tensor: Floats, factor: number): Floats =>
  factor === 1 ? tensor : { ...tensor, data: tensor.data.map((value) => value * factor) }

/** alpha · A B + beta · C, A a layer's output and B, C constants. */
export function gemm(step: Step): void {
  const { node } = step
  const flow = step.flow()
  if (intOf(node, 'transA', 0) !== 0)
    return step.refuse('transposes what it is given; put a Transpose before it instead')
  const stored = step.weights(1, 'matrix')
  const matrix = intOf(node, 'transB', 0) === 1 ? permuted(stored, [1, 0]) : stored
  const units = matrix.shape[1] ?? 1
  const constant = step.floats(2, 'bias')
  if (constant && (constant.shape.length > 2 || (constant.shape.length === 2 && constant.shape[0] !== 1)))
    return step.refuse('adds constants that differ from row to row; add one number for each unit')
  const bias = constant && expanded(reshaped(constant, [constant.data.length]), [units])
  const kernel = scaled(matrix, floatOf(node, 'alpha', 1))
  step.give(addDense(step, flow, kernel, bias && scaled(bias, floatOf(node, 'beta', 1))))
}

/** A layer's output times a constant matrix, or the other way round: then over the last axis but one. */
export function matMul(step: Step): void {
  const [a, b] = [step.operand(0), step.operand(1)]
  if (a?.kind === 'flow' && b?.kind === 'flow')
    return step.refuse(
      'multiplies two values of the network, as attention does, which is not supported; only products with constant matrices are',
    )
  const matrix = step.weights(a?.kind === 'flow' ? 1 : 0, 'matrix')
  const shape = matrix.shape.filter((size, axis) => size !== 1 || axis >= matrix.shape.length - 2)
  if (shape.length !== 2) return step.refuse('multiplies by several matrices at once; use one matrix for all rows')
  const kernel = reshaped(matrix, shape)
  if (a?.kind === 'flow') return step.give(addDense(step, step.flow(0), kernel, undefined))
  step.give(swapped(addDense(step, swapped(step.flow(1)), permuted(kernel, [1, 0]), undefined)))
}

/** Rows of a constant table, chosen by a layer's output. */
export function embedding(step: Step, table: Floats): void {
  const flow = step.flow(1)
  const [inputDim = 1, outputDim = 1] = table.shape
  if (table.shape.length !== 2 || intOf(step.node, 'axis', 0) !== 0)
    return step.refuse('looks up something else than the rows of a table; use a table of vectors')
  const sizes = [...flow.layer.sizes, outputDim]
  const layer = step.layer({
    kind: 'embedding',
    params: { inputDim, outputDim },
    inputs: [flow.layer],
    weights: { embeddings: table },
    sizes,
  })
  step.give({ layer, axes: [...flow.axes, [sizes.length]] })
}
