/**
 * Removes what a trained network does not use: units that never change, and units that nothing reads. What is left computes the
 * same on every input, up to the rounding of what is added up ahead.
 */
import { finish } from '../../graph/finish.ts'
import { GraphError, type Graph, type Node, type Tensor, type Value } from '../../graph/graph.ts'
import { tensorOf } from '../../graph/tensor.ts'
import { int } from '../../ops/attributes.ts'
import { settle } from './settle.ts'
import { mark } from './mark.ts'
import { rules } from './rules/index.ts'
import { take } from '../../graph/take.ts'
import { Trace } from './trace.ts'

/** The indices that are left along each axis of a constant; null for an axis that is whole. */
export type Kept = readonly (readonly number[] | null)[]

/** How many units a sum over channels gives. */
export interface ShrunkUnits {
  /** The constant whose weights give the units: `dense1/kernel`. */
  readonly kernel: string
  readonly before: number
  readonly after: number
}

export interface Shrunk {
  readonly graph: Graph
  /** By the name of a constant that got smaller. */
  readonly kept: ReadonlyMap<string, Kept>
  /** Of every sum over channels with trained weights, in the order of the network. */
  readonly units: readonly ShrunkUnits[]
  /** Columns of graph inputs that are still read, where not all are; the inputs themselves stay as they are. */
  readonly columns: ReadonlyMap<string, readonly number[]>
}

/** A folded graph with its constants in place, made smaller; inputs, outputs and all names stay. */
export function shrink(graph: Graph): Shrunk {
  const trace = new Trace(graph)
  for (const input of graph.inputs) if (input.dtype === 'float32' && input.shape.length === 2) trace.begin(input, 1)
  for (const node of graph.nodes) if (!rules[node.op]?.(trace, node)) trace.pinInputs(node)
  const marked = mark(trace)
  const left = (units: readonly number[]): readonly number[] =>
    units.flatMap((unit, index) => (marked.isNeeded(unit) ? [index] : []))

  const constants = new Map(graph.initializers)
  for (const contraction of trace.contractions) settle(contraction, marked, constants)
  const kept = new Map<string, (readonly number[] | null)[]>()
  for (const { name, axis, units } of trace.claims) {
    const tensor = constants.get(name)
    const indices = left(units)
    if (!tensor || indices.length === units.length) continue
    const axes = kept.get(name) ?? tensor.shape.map(() => null)
    axes[axis] = indices
    kept.set(name, axes)
    constants.set(name, take(tensor, axis, indices))
  }

  const columns = new Map<string, readonly number[]>()
  for (const { name } of graph.inputs) {
    const units = trace.channels.get(name)?.units ?? []
    const indices = left(units)
    if (indices.length < units.length) columns.set(name, indices)
  }
  const outputs = new Set(graph.outputs.map(({ name }) => name))
  const sized = (value: Value): Value => {
    const channels = trace.channels.get(value.name)
    if (!channels || outputs.has(value.name)) return value
    const size = left(channels.units).length
    return size === channels.units.length
      ? value
      : { ...value, shape: value.shape.map((dim, axis) => (axis === channels.axis ? size : dim)) }
  }
  const picked = pickColumns(graph, columns, sized, constants)
  const nodes = graph.nodes.map((node): Node => {
    const inputs = node.inputs.map((value) => value && (picked.values.get(value.name) ?? sized(value)))
    const moved = { ...node, inputs, outputs: node.outputs.map(sized) }
    return adapt(
      moved,
      trace.adapted.get(node)?.((units) => left(units).length),
      constants,
    )
  })
  return {
    graph: finish({ ...graph, nodes: [...picked.nodes, ...nodes], initializers: constants }),
    kept,
    units: [...trace.given].map(([kernel, units]) => ({ kernel, before: units.length, after: left(units).length })),
    columns,
  }
}

/** A Gather behind each input of which not all columns are read. */
function pickColumns(
  graph: Graph,
  columns: ReadonlyMap<string, readonly number[]>,
  sized: (value: Value) => Value,
  constants: Map<string, Tensor>,
): { readonly nodes: readonly Node[]; readonly values: ReadonlyMap<string, Value> } {
  const values = new Map<string, Value>()
  const nodes = graph.inputs.flatMap((input): Node[] => {
    const indices = columns.get(input.name)
    if (!indices) return []
    const places = constant(constants, `${input.name}/columns`, indices)
    const output = { ...sized(input), name: unusedName(graph, `${input.name}/used`) }
    values.set(input.name, output)
    return [
      {
        op: 'Gather',
        domain: '',
        name: output.name,
        inputs: [input, places],
        outputs: [output],
        attributes: { axis: int(1) },
      },
    ]
  })
  return { nodes, values }
}

function adapt(
  node: Node,
  adapted: { readonly attributes?: Node['attributes']; readonly sizes?: readonly number[] } | undefined,
  constants: Map<string, Tensor>,
): Node {
  const [x = null, sizes] = node.inputs
  const now = sizes && constants.get(sizes.name)
  const wanted = adapted?.sizes
  const same = !wanted || !now || wanted.every((size, index) => Number(now.data[index]) === size)
  return {
    ...node,
    attributes: adapted?.attributes ?? node.attributes,
    inputs: same ? node.inputs : [x, constant(constants, `${node.name}/sizes`, wanted)],
  }
}

/** Whole numbers as a constant of their own. */
function constant(constants: Map<string, Tensor>, name: string, numbers: readonly number[]): Value {
  if (constants.has(name)) throw new GraphError(`two constants are named ${name}`)
  const tensor = tensorOf('int64', [numbers.length], numbers)
  constants.set(name, tensor)
  return { name, dtype: tensor.dtype, shape: tensor.shape }
}

function unusedName(graph: Graph, wanted: string): string {
  const names = new Set(graph.nodes.flatMap(({ outputs }) => outputs.map(({ name }) => name)))
  let name = wanted
  while (names.has(name) || graph.initializers.has(name)) name += '_'
  return name
}
