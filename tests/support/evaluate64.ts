/**
 * Computes a graph in double precision, one operator after another: slow, simple, and the measure the engine is held to.
 * Types keep their ONNX names; what a graph calls float32 is held and computed as float64.
 */
import type { Graph, Node, Tensor } from '#engine/graph/graph.ts'
import { count, fromTensor, numbers, type Array64, type Numbers } from './float64/array.ts'
import { elementwise } from './float64/elementwise.ts'
import { interpolation } from './float64/interpolation.ts'
import { linear } from './float64/linear.ts'
import { movement } from './float64/movement.ts'
import { normalization } from './float64/normalization.ts'
import { Call, type Operator } from './float64/operator.ts'
import { placement } from './float64/placement.ts'
import { recurrences } from './float64/recurrence.ts'
import { reductions } from './float64/reduction.ts'
import { windows } from './float64/windows.ts'

export type { Array64, Numbers } from './float64/array.ts'

const operators: Readonly<Record<string, Operator>> = {
  ...elementwise,
  ...linear,
  ...movement,
  ...placement,
  ...interpolation,
  ...windows,
  ...normalization,
  ...reductions,
  ...recurrences,
}

/** The names of all operators that can be evaluated. */
export const evaluated: readonly string[] = [...Object.keys(operators), 'Scan']

/** Values by name; a name not found here is looked up in the graph around. */
class Scope {
  readonly #values = new Map<string, Array64>()
  readonly #outer: Scope | null
  constructor(outer: Scope | null) {
    this.#outer = outer
  }
  set(name: string, value: Array64): void {
    this.#values.set(name, value)
  }
  get(name: string): Array64 {
    const value = this.#values.get(name) ?? this.#outer?.get(name)
    if (!value) throw new Error(`nothing is named ${name}`)
    return value
  }
}

/**
 * The graph's outputs by name. Throws on a missing feed, an operator that is not known here, and on any value whose type
 * or shape is not what the graph says it is.
 */
export function evaluate64(graph: Graph, feeds: Readonly<Record<string, Tensor | Array64>>): Map<string, Array64> {
  const outputs = run(
    graph,
    graph.inputs.map((input) => {
      const feed = feeds[input.name]
      if (!feed) throw new Error(`${graph.name} is not fed ${input.name}`)
      return fromTensor(feed)
    }),
    null,
  )
  return new Map(graph.outputs.map((output, index) => [output.name, outputs[index]!]))
}

/** The one output of a graph, as numbers. */
export function evaluateNumbers(graph: Graph, feeds: Readonly<Record<string, Tensor | Array64>>): Numbers {
  const [output] = [...evaluate64(graph, feeds).values()]
  if (!output || output.dtype === 'string') throw new Error(`${graph.name} does not give numbers`)
  return output
}

function run(graph: Graph, inputs: readonly Array64[], outer: Scope | null): Array64[] {
  const scope = new Scope(outer)
  const sizes = new Map<string, number>()
  const define = (value: Graph['inputs'][number], array: Array64) => {
    check(graph, value, array, sizes)
    scope.set(value.name, array)
  }
  graph.inputs.forEach((input, index) => define(input, inputs[index]!))
  for (const [name, tensor] of graph.initializers) scope.set(name, fromTensor(tensor))
  for (const node of graph.nodes) {
    const results = compute(node, scope)
    node.outputs.forEach((output, index) => define(output, results[index]!))
  }
  return graph.outputs.map((output) => scope.get(output.name))
}

function compute(node: Node, scope: Scope): readonly Array64[] {
  const call = new Call(
    node,
    node.inputs.map((input) => (input ? scope.get(input.name) : null)),
  )
  if (node.op === 'Scan') return scan(call, scope)
  const operator = operators[node.op]
  if (!operator) throw new Error(`the float64 evaluator does not know ${node.op}`)
  return operator(call)
}

/** Inputs: carried values, then what is scanned. Outputs: carried values, then each result stacked over the runs. */
function scan(call: Call, scope: Scope): Array64[] {
  const body = call.graph('body')
  const scans = call.int('num_scan_inputs')
  if (!body || scans === undefined) throw new Error('Scan lacks its body')
  const values = call.inputs.map((_, index) => call.any(index))
  let carried = values.slice(0, values.length - scans)
  const scanned = values.slice(values.length - scans)
  const reports = body.outputs.slice(carried.length).map((): Numbers[] => [])
  for (let at = 0; at < scanned[0]!.shape[0]!; at++) {
    const results = run(body, [...carried, ...scanned.map((value) => element(value, at))], scope)
    results.slice(carried.length).forEach((result, index) => {
      if (result.dtype === 'string') throw new Error('Scan does not stack strings')
      reports[index]!.push(result)
    })
    carried = results.slice(0, carried.length)
  }
  return [...carried, ...reports.map((steps) => stack(steps))]
}

/** One element along the first axis. */
function element(value: Array64, at: number): Array64 {
  if (value.dtype === 'string') throw new Error('Scan does not run over strings')
  const shape = value.shape.slice(1)
  return numbers(value.dtype, shape, Array.from(value.data.subarray(at * count(shape), (at + 1) * count(shape))))
}

function stack(steps: readonly Numbers[]): Numbers {
  const [first] = steps
  if (!first) throw new Error('Scan that never ran has no shape to stack')
  return numbers(
    first.dtype,
    [steps.length, ...first.shape],
    steps.flatMap((step) => Array.from(step.data)),
  )
}

/** Holds every computed value against what the graph declares; a symbolic size must be the same wherever it is named. */
function check(graph: Graph, value: Graph['inputs'][number], array: Array64, sizes: Map<string, number>): void {
  const declared = `${value.dtype}[${value.shape.join(', ')}]`
  const computed = `${array.dtype}[${array.shape.join(', ')}]`
  const fits =
    value.dtype === array.dtype &&
    value.shape.length === array.shape.length &&
    count(array.shape) === array.data.length &&
    value.shape.every((dim, axis) => {
      const size = array.shape[axis]!
      if (typeof dim === 'number') return dim === size
      const known = sizes.get(dim)
      sizes.set(dim, known ?? size)
      return known === undefined || known === size
    })
  if (!fits) throw new Error(`${value.name} of ${graph.name} is ${computed}, but the graph declares ${declared}`)
}
