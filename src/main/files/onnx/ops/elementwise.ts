import { formatShape } from '#engine/graph/graph.ts'
import { single, textOf } from '../attributes.ts'
import { aligned } from '../aligned.ts'
import { apply, number, type Curve } from '../curves.ts'
import { filledFloats, floatsOf, reshaped, type Floats } from '../floats.ts'
import { batchAxis, dimsOf, type Flow } from '../sheet.ts'
import { spread } from '../spread.ts'
import { mergeKinds, type Step } from '../step.ts'
import type { Known } from '../values.ts'

type FlowValue = Extract<Known, { kind: 'flow' }>

/** Numbers that are settings of an op's function. */
function settingsOf({ node }: Step): Readonly<Record<string, number>> {
  const numbers = Object.entries(node.attributes).flatMap(([name, attribute]) =>
    attribute.type === 'float' || attribute.type === 'int' ? [[name, attribute.value] as const] : [],
  )
  const exact = textOf(node, 'approximate', 'none') === 'none'
  return { ...Object.fromEntries(numbers), ...(node.op === 'Gelu' ? { approximate: exact ? 0 : 1 } : {}) }
}

const commutative = ['Add', 'Sum', 'Mul', 'Max', 'Min', 'Mean']

/** An op that works on each number by itself: one value of the network with plain numbers, with constants, or several values. */
export function elementwise(step: Step): void {
  const { node } = step
  const operands = operandsOf(step)
  const flows = operands.filter((known) => known?.kind === 'flow')
  const [first] = flows
  if (!first)
    return step.refuse('computes constants in a way that is not supported; run constant folding when exporting')
  const curve = curveOf(step, operands, first)
  if (curve && keepsAxes(first, operands)) return step.giveKnown({ kind: 'flow', flow: first.flow, curve })
  const [a, b] = operands
  if (flows.length === 1 && operands.length === 2 && a && b) return withConstants(step, a, b)
  if (flows.length < operands.length || !mergeKinds[node.op])
    return step.refuse(`combines values by ${node.op} in a way no layer does; leave it out of the export`)
  const joined = aligned(
    step,
    flows.map((known) => step.realize(known)),
    null,
  )
  const layer = step.layer({
    kind: mergeKinds[node.op] ?? 'add',
    inputs: joined.layers,
    sizes:
      joined.layers[0]?.sizes.map((_, axis) => Math.max(...joined.layers.map(({ sizes }) => sizes[axis] ?? 1))) ?? [],
  })
  step.give({ layer, axes: joined.axes })
}

function operandsOf(step: Step): readonly (Known | null)[] {
  const { node } = step
  // Bounds have been attributes once.
  const bounds = ['min', 'max'].map((name) => node.attributes[name])
  if (node.op !== 'Clip' || bounds.every((bound) => bound === undefined)) return step.operands
  const [x = null] = step.operands
  const known = bounds.map((bound, index): Known => {
    const value = bound?.type === 'float' ? bound.value : index === 0 ? -Infinity : Infinity
    return { kind: 'constant', tensor: filledFloats([], value) }
  })
  return [x, ...known]
}

/** The function of one number this is, when every operand is a plain number or comes from the same layer. */
function curveOf(step: Step, operands: readonly (Known | null)[], { flow }: FlowValue): Curve | null {
  const inputs = operands.map((known, index): Curve | null => {
    if (known === null) return number(index === 1 ? -Infinity : Infinity)
    if (known.kind === 'flow')
      return known.flow.layer === flow.layer && sameValue(known.flow, flow) ? known.curve : null
    if (known.kind === 'filled') return number(known.value)
    const value = known.kind === 'constant' ? single(known.tensor) : undefined
    return value === undefined ? null : number(value)
  })
  const known = inputs.filter((input) => input !== null)
  if (known.length < inputs.length || step.node.op === 'Mean') return null
  // The number comes second where that makes no difference.
  const [a, b] = known
  const ordered = commutative.includes(step.node.op) && a?.op === 'number' && b && known.length === 2 ? [b, a] : known
  return apply(step.node.op, ordered, settingsOf(step), step.node)
}

const sameValue = (a: Flow, b: Flow): boolean =>
  a.axes.length === b.axes.length && a.axes.every((group, axis) => group.join() === b.axes[axis]?.join())

/** Whether single numbers leave the value its number of axes. */
const keepsAxes = ({ flow }: FlowValue, operands: readonly (Known | null)[]): boolean =>
  operands.every((known) => known?.kind !== 'constant' || known.tensor.shape.length <= flow.axes.length)

/** A value of the network and a tensor of constants. */
function withConstants(step: Step, a: Known, b: Known): void {
  const { op } = step.node
  const [value, other] = a.kind === 'flow' ? [a, b] : [b, a]
  if (value.kind !== 'flow' || other.kind !== 'constant')
    return step.refuse(
      `combines a value of the network with one that depends on the number of rows; leave it out of the export`,
    )
  const flow = step.realize(value)
  const constants = floatsOf(other.tensor)
  const like = (number: number): Floats => filledFloats([], number)
  const mapped = (of: (x: number) => number): Floats => ({ ...constants, data: constants.data.map(of) })
  const first = value === a
  if (op === 'Add') return step.give(step.scale(flow, like(1), constants))
  if (op === 'Sub')
    return step.give(
      first
        ? step.scale(
            flow,
            like(1),
            mapped((x) => -x),
          )
        : step.scale(flow, like(-1), constants),
    )
  if (op === 'Mul') return step.give(step.scale(flow, constants, like(0)))
  if (op === 'Div' && first)
    return step.give(
      step.scale(
        flow,
        mapped((x) => 1 / x),
        like(0),
      ),
    )
  return step.refuse(
    `combines a value of the network with constants of ${formatShape(constants.shape)} by ${op}, which no layer does; only sums, differences and products are`,
  )
}

/** Slopes of its own below 0, one for each place that is not shared. */
export function prelu(step: Step): void {
  const flow = step.flow()
  const slopes = step.weights(1, 'slopes')
  const given = spread(flow, slopes) ?? step.refuse('has slopes of another shape than its input')
  const { sizes } = flow.layer
  const own = given.axes
  const shape = sizes.map((size, index) => (own.includes(index + 1) ? size : 1))
  const layer = step.layer({
    kind: 'prelu',
    params: { sharedAxes: sizes.flatMap((_, index) => (own.includes(index + 1) ? [] : [index + 1])) },
    inputs: [flow.layer],
    weights: { alpha: reshaped(given.over(own), shape) },
    sizes,
  })
  step.give({ layer, axes: flow.axes })
}

/** softmax and log-softmax along one axis; before opset 13 along all from that axis on. */
export function softmax(step: Step): void {
  const flow = step.flow()
  const old = step.opset < 13
  const axis = step.axis(flow, old ? 1 : -1)
  const dims = dimsOf(flow)
  if (axis === batchAxis(flow)) return step.refuse('runs over the rows of a batch; each row has to stay by itself')
  const along = old ? dims.findIndex((size, index) => index >= axis && size > 1) : axis
  const place = along < 0 ? axis : along
  if (old && dims.some((size, index) => index > place && size > 1))
    return step.refuse('runs over several axes at once, as before opset 13; export it for opset 13 or later')
  const log = step.node.op === 'LogSoftmax'
  const group = flow.axes[place] ?? []
  const [only = 0] = group
  const last = flow.layer.sizes.length
  if (group.length === 1 && (only === last || !log)) {
    const layer = step.layer({
      ...(only === last
        ? { kind: 'activation', params: { activation: log ? 'log_softmax' : 'softmax' } }
        : { kind: 'softmax', params: { axis: only } }),
      inputs: [flow.layer],
      sizes: flow.layer.sizes,
    })
    return step.give({ layer, axes: flow.axes })
  }
  const batch = batchAxis(flow)
  const others = flow.axes.flatMap((_, index) => (index === place || index === batch ? [] : [index]))
  const input = step.arrange(flow, [...others.map((index) => [index]), [place]])
  const layer = step.layer({
    kind: 'activation',
    params: { activation: log ? 'log_softmax' : 'softmax' },
    inputs: [input],
    sizes: input.sizes,
  })
  step.give({
    layer,
    axes: flow.axes.map((_, index) =>
      index === batch ? [0] : index === place ? [others.length + 1] : [others.indexOf(index) + 1],
    ),
  })
}

/** Kept as the layer it was trained with; while predicting it does nothing. */
export function dropout(step: Step): void {
  const value = step.operand(0)
  const rate = step.number('ratio', 1) ?? 0.5
  if (step.isRead(1)) return step.refuse('puts out what it drops, which no layer does; leave it out')
  if (value?.kind !== 'flow' || rate <= 0 || rate >= 1) return step.giveKnown(value ?? { kind: 'unknown' })
  const flow = step.realize(value)
  const layer = step.layer({
    kind: 'dropout',
    params: { rate: Number(rate.toPrecision(6)) },
    inputs: [flow.layer],
    sizes: flow.layer.sizes,
  })
  step.give({ layer, axes: flow.axes })
}

export function pass(step: Step): void {
  step.giveKnown(step.operand(0) ?? { kind: 'unknown' })
}

/** Between types of floating point numbers nothing happens; whole numbers come from the data alone. */
export function cast(step: Step): void {
  const value = step.operand(0)
  const target = step.node.attributes['to']
  const whole = target?.type === 'int' && [2, 3, 4, 5, 6, 7, 9, 12, 13].includes(target.value)
  if (whole && value?.kind === 'flow' && (value.curve.op !== 'x' || value.flow.layer.kind !== 'input'))
    return step.refuse('rounds numbers of the network, which no layer does; leave it out of the export')
  pass(step)
}
