/** Takes out of a Scan's body the numbers that do not depend on its state: they are computed for all runs at once. */
import type { Graph, Node, Tensor, Value } from '../graph/graph.ts'
import { elementwise } from './elementwise.ts'
import { bits } from './logic.ts'

export interface Hoisted {
  readonly body: Graph
  /** What runs before the Scan: nodes over vectors with one element a run, and the constants they need. */
  readonly nodes: readonly Node[]
  readonly initializers: ReadonlyMap<string, Tensor>
  /** The values to scan, in the order of the body's last inputs. */
  readonly scanned: readonly Value[]
}

/** Clip stays: ONNX wants its bounds to be numbers, not vectors. */
const movable = new Set([...Object.keys(elementwise).filter((op) => op !== 'Clip'), ...bits, 'Cast'])

/**
 * Moves every elementwise op on numbers of rank 0 that depends only on scanned numbers, constants and values around the body.
 * `states` are the body's first inputs; `scanned` says of each other input which value around the body it runs over.
 */
export function hoist(body: Graph, states: readonly Value[], scanned: ReadonlyMap<Value, Value>): Hoisted {
  // Of each number known before the Scan: what holds it for all runs, a vector; or for every run alike, a number.
  const before = new Map<string, Value>()
  const initializers = new Map<string, Tensor>()
  const nodes: Node[] = []
  const local = new Set([
    ...states.map(({ name }) => name),
    ...body.nodes.flatMap(({ outputs }) => outputs.map(({ name }) => name)),
  ])
  for (const [element, vector] of scanned) {
    if (element.shape.length === 0) before.set(element.name, vector)
    else local.add(element.name)
  }
  const outside = (value: Value): Value => {
    const tensor = body.initializers.get(value.name)
    const known = before.get(value.name)
    if (known || !tensor) return known ?? value
    const constant = { ...value, name: `${value.name}.steps` }
    initializers.set(constant.name, tensor)
    before.set(value.name, constant)
    return constant
  }
  const results = new Set(body.outputs.map(({ name }) => name))
  const kept = body.nodes.filter((node) => {
    const [output] = node.outputs
    const inputs = node.inputs.filter((value) => value !== null)
    const known = (value: Value): boolean =>
      value.shape.length === 0 && (before.has(value.name) || !local.has(value.name))
    if (!output || !movable.has(node.op) || output.shape.length > 0 || results.has(output.name) || !inputs.every(known))
      return true
    // Constants alone are left to the runtime, which folds them.
    if (inputs.every(({ name }) => body.initializers.has(name))) return true
    const moved = node.inputs.map((value) => value && outside(value))
    const perRun = moved.find((value) => value && value.shape.length > 0)
    const result = { name: `${output.name}.steps`, dtype: output.dtype, shape: perRun?.shape ?? [] }
    nodes.push({ ...node, name: `${node.name}.steps`, inputs: moved, outputs: [result] })
    before.set(output.name, result)
    return false
  })
  const read = new Set(kept.flatMap(({ inputs }) => inputs.map((value) => value?.name)))
  const moved = [...before].filter(([name]) => read.has(name) && !body.initializers.has(name))
  const needed = moved.filter(([, value]) => value.shape.length > 0)
  const alike = new Map(moved.filter(([, value]) => value.shape.length === 0))
  const rest = [...scanned].filter(([element]) => element.shape.length > 0)
  // A Scan needs something to run over, also where the body reads none of it.
  const counters = [...scanned].map(([{ name }, value]): [string, Value] => [name, value])
  const vectors = rest.length + needed.length > 0 ? needed : counters.slice(0, 1)
  return {
    body: {
      ...body,
      inputs: [
        ...states,
        ...rest.map(([element]) => element),
        ...vectors.map(([name, { dtype }]) => ({ name, dtype, shape: [] })),
      ],
      nodes: kept.map((node) => ({
        ...node,
        inputs: node.inputs.map((value) => (value && alike.get(value.name)) ?? value),
      })),
      initializers: new Map([...body.initializers].filter(([name]) => read.has(name))),
    },
    nodes,
    initializers,
    scanned: [...rest.map(([, value]) => value), ...vectors.map(([, value]) => value)],
  }
}
