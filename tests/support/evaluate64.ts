/**
 * Computes a graph in double precision, one operator after another: slow, simple, and the measure the engine is held to.
 * Types keep their ONNX names; what a graph calls float32 is held and computed as float64.
 */
import type { Graph, Node, Tensor } from '#engine/graph/graph.ts'
import { count, fromTensor, numbers, type Array64, type Numbers } from './float64/array.ts'
import { elementwise } from './float64/elementwise.ts'
import { linear } from './float64/linear.ts'
import { movement } from './float64/movement.ts'
import { Call, type Operator } from './float64/operator.ts'
import { reductions } from './float64/reduction.ts'

export type { Array64, Numbers } from './float64/array.ts'

const operators: Readonly<Record<string, Operator>> = { ...elementwise, ...linear, ...movement, ...reductions }

/** The names of all operators that can be evaluated. */
export const evaluated: readonly string[] = [...Object.keys(operators), 'Loop']

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
  if (node.op === 'Loop') return loop(call, scope)
  const operator = operators[node.op]
  if (!operator) throw new Error(`the float64 evaluator does not know ${node.op}`)
  return operator(call)
}

/** Inputs: trip count, condition, carried values. Outputs: carried values, then each scan output stacked over the trips. */
function loop(call: Call, scope: Scope): Array64[] {
  const body = call.graph('body')
  if (!body) throw new Error('Loop lacks its body')
  const trips = call.optional(0) ? call.numbers(0).data[0]! : Infinity
  let going = call.optional(1) ? call.numbers(1).data[0] !== 0 : true
  let carried = call.inputs.slice(2).map((_, index) => call.any(index + 2))
  const scans = body.outputs.slice(1 + carried.length).map((): Numbers[] => [])
  for (let trip = 0; trip < trips && going; trip++) {
    const results = run(body, [numbers('int64', [], [trip]), numbers('bool', [], [Number(going)]), ...carried], scope)
    going = results[0]!.data[0] !== 0
    results.slice(1 + carried.length).forEach((result, index) => {
      if (result.dtype === 'string') throw new Error('Loop does not stack strings')
      scans[index]!.push(result)
    })
    carried = results.slice(1, 1 + carried.length)
  }
  return [...carried, ...scans.map((steps) => stack(steps))]
}

function stack(steps: readonly Numbers[]): Numbers {
  const [first] = steps
  if (!first) throw new Error('Loop that never ran has no shape to stack')
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
