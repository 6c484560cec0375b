/**
 * Computes a graph in double precision, one operator after another: simple, and the measure the engine is held to.
 * Types keep their ONNX names; what a graph calls float32 is held and computed as float64.
 */
import type { Graph, Node, Tensor, Value } from '#engine/graph/graph.ts'
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
import { gridSampling } from './float64/sampling.ts'
import { windows } from './float64/windows.ts'

export type { Array64, Numbers } from './float64/array.ts'

const operators: Readonly<Record<string, Operator>> = {
  ...elementwise,
  ...linear,
  ...movement,
  ...placement,
  ...interpolation,
  ...gridSampling,
  ...windows,
  ...normalization,
  ...reductions,
  ...recurrences,
}

/** The names of all operators that can be evaluated. */
export const evaluated: readonly string[] = [...Object.keys(operators), 'Scan']

type Feeds = Readonly<Record<string, Tensor | Array64>>

/**
 * The graph's outputs by name. Throws on a missing feed, an operator that is not known here, and on any value whose type
 * or shape is not what the graph says it is.
 */
export function evaluate64(graph: Graph, feeds: Feeds): Map<string, Array64> {
  return new Prepared(graph).run(feeds)
}

/** The one output of a graph, as numbers. */
export function evaluateNumbers(graph: Graph, feeds: Feeds): Numbers {
  return onlyNumbers(graph, new Prepared(graph).run(feeds))
}

/** The one output of a graph as a function of any one of its inputs, by name, the others staying as they are. */
export function functionsOf(graph: Graph, feeds: Feeds): (name: string) => (data: Float64Array) => Numbers {
  const vary = new Prepared(graph).vary(feeds)
  return (name) => {
    const { dtype, shape } = fromTensor(feeds[name]!)
    if (dtype === 'string') throw new Error(`${name} is not numbers`)
    const again = vary(name)
    return (data) => onlyNumbers(graph, again(numbers(dtype, shape, data)))
  }
}

function onlyNumbers(graph: Graph, outputs: ReadonlyMap<string, Array64>): Numbers {
  const [output] = [...outputs.values()]
  if (!output || output.dtype === 'string') throw new Error(`${graph.name} does not give numbers`)
  return output
}

/** A node whose values have their places in the list of all values of its graph. */
interface Step {
  readonly node: Node
  readonly inputs: readonly (number | null)[]
  readonly outputs: readonly number[]
  /** How it is computed: by an operator, or by running the body of a Scan. */
  readonly by: Operator | Prepared
}

/** The values of a graph by their places, as far as they are computed, and what its symbolic sizes stand for. */
interface Frame {
  readonly values: Array64[]
  readonly sizes: Map<string, number>
}

/** A graph made ready to be computed many times. */
export class Prepared {
  readonly #graph: Graph
  readonly #outer: Prepared | null
  readonly #places = new Map<string, number>()
  readonly #constants: (readonly [place: number, array: Array64])[] = []
  /** What a subgraph reads of the graph around it: the place there, and the place here. */
  readonly #captures: (readonly [from: number, to: number])[] = []
  readonly #inputs: readonly number[]
  readonly #outputs: readonly number[]
  readonly #steps: readonly Step[]

  constructor(graph: Graph, outer: Prepared | null = null) {
    this.#graph = graph
    this.#outer = outer
    this.#inputs = graph.inputs.map(({ name }) => this.#place(name))
    for (const [name, tensor] of graph.initializers) this.#constants.push([this.#place(name), fromTensor(tensor)])
    this.#steps = graph.nodes.map((node) => {
      const inputs = node.inputs.map((input) => input && this.#find(input.name))
      const by = node.op === 'Scan' ? this.#bodyOf(node) : operators[node.op]
      if (!by) throw new Error(`the float64 evaluator does not know ${node.op}`)
      return { node, by, inputs, outputs: node.outputs.map(({ name }) => this.#place(name)) }
    })
    this.#outputs = graph.outputs.map(({ name }) => this.#find(name))
  }

  #bodyOf(node: Node): Prepared {
    const body = node.attributes['body']
    if (body?.type !== 'graph') throw new Error('Scan lacks its body')
    return new Prepared(body.value, this)
  }

  #place(name: string): number {
    const place = this.#places.size
    this.#places.set(name, place)
    return place
  }

  /** The place of a value that is known by now, here or in a graph around. */
  #find(name: string): number {
    const known = this.#places.get(name)
    if (known !== undefined) return known
    if (!this.#outer) throw new Error(`nothing is named ${name}`)
    const from = this.#outer.#find(name)
    const to = this.#place(name)
    this.#captures.push([from, to])
    return to
  }

  /** The outputs by name. */
  run(feeds: Feeds): Map<string, Array64> {
    return this.#named(this.#complete(feeds))
  }

  /** The outputs as a function of any one input, the others staying as they are: only what depends on it is computed again. */
  vary(feeds: Feeds): (name: string) => (value: Array64) => Map<string, Array64> {
    const { values, sizes } = this.#complete(feeds)
    return (name) => {
      const place = this.#find(name)
      const steps = this.#dependents([place])
      const frame = { values: [...values], sizes }
      return (value) => {
        frame.values[place] = value
        this.#compute(frame, steps)
        return this.#named(frame)
      }
    }
  }

  #complete(feeds: Feeds): Frame {
    const frame = this.#start()
    this.#feed(frame, this.#arrays(feeds))
    this.#compute(frame, this.#steps)
    return frame
  }

  #arrays(feeds: Feeds): readonly Array64[] {
    return this.#graph.inputs.map(({ name }) => {
      const feed = feeds[name]
      if (!feed) throw new Error(`${this.#graph.name} is not fed ${name}`)
      return fromTensor(feed)
    })
  }

  #named({ values }: Frame): Map<string, Array64> {
    return new Map(this.#graph.outputs.map(({ name }, index) => [name, values[this.#outputs[index]!]!]))
  }

  /** Nothing computed yet: constants, and what is read of the graph around. */
  #start(around?: Frame): Frame {
    const values: Array64[] = []
    for (const [place, array] of this.#constants) values[place] = array
    for (const [from, to] of this.#captures) values[to] = around!.values[from]!
    return { values, sizes: new Map() }
  }

  #feed(frame: Frame, inputs: readonly Array64[]): void {
    this.#inputs.forEach((place, index) => this.#define(frame, place, this.#graph.inputs[index]!, inputs[index]!))
  }

  /** The steps that read any of these values, or what others make of them. */
  #dependents(places: readonly number[]): readonly Step[] {
    const found = new Set(places)
    return this.#steps.filter(({ inputs, outputs, by }) => {
      const captured = by instanceof Prepared ? by.#captures.map(([from]) => from) : []
      if (![...inputs, ...captured].some((place) => place !== null && found.has(place))) return false
      for (const place of outputs) found.add(place)
      return true
    })
  }

  #compute(frame: Frame, steps: readonly Step[]): void {
    for (const { node, by, inputs, outputs } of steps) {
      const call = new Call(
        node,
        inputs.map((place) => (place === null ? null : frame.values[place]!)),
      )
      const results = by instanceof Prepared ? by.#scan(call, frame) : by(call)
      outputs.forEach((place, index) => this.#define(frame, place, node.outputs[index]!, results[index]!))
    }
  }

  /** Inputs: carried values, then what is scanned. Outputs: carried values, then each result stacked over the runs. */
  #scan(call: Call, around: Frame): Array64[] {
    const scans = call.int('num_scan_inputs')
    if (scans === undefined) throw new Error('Scan does not say what it runs over')
    const given = call.inputs.map((_, index) => call.any(index))
    let carried = given.slice(0, given.length - scans)
    const scanned = given.slice(given.length - scans)
    const reports = this.#outputs.slice(carried.length).map((): Numbers[] => [])
    const frame = this.#start(around)
    const varying = this.#dependents(this.#inputs)
    for (let at = 0; at < scanned[0]!.shape[0]!; at++) {
      this.#feed(frame, [...carried, ...scanned.map((value) => element(value, at))])
      this.#compute(frame, at === 0 ? this.#steps : varying)
      const results = this.#outputs.map((place) => frame.values[place]!)
      results.slice(carried.length).forEach((result, index) => {
        if (result.dtype === 'string') throw new Error('Scan does not stack strings')
        reports[index]!.push(result)
      })
      carried = results.slice(0, carried.length)
    }
    return [...carried, ...reports.map((steps) => stack(steps))]
  }

  /** Holds a value against what the graph declares; a symbolic size must be the same wherever it is named. */
  #define({ values, sizes }: Frame, place: number, value: Value, array: Array64): void {
    const fits =
      value.dtype === array.dtype &&
      value.shape.length === array.shape.length &&
      count(array.shape) === array.data.length &&
      value.shape.every((dim, axis) => {
        const size = array.shape[axis]!
        if (typeof dim === 'number') return dim === size
        const known = sizes.get(dim)
        if (known === undefined) sizes.set(dim, size)
        return known === undefined || known === size
      })
    if (!fits) {
      const declared = `${value.dtype}[${value.shape.join(', ')}]`
      const computed = `${array.dtype}[${array.shape.join(', ')}]`
      throw new Error(`${value.name} of ${this.#graph.name} is ${computed}, but the graph declares ${declared}`)
    }
    values[place] = array
  }
}

/** One element along the first axis. */
function element(value: Array64, at: number): Array64 {
  if (value.dtype === 'string') throw new Error('Scan does not run over strings')
  const shape = value.shape.slice(1)
  return numbers(value.dtype, shape, value.data.slice(at * count(shape), (at + 1) * count(shape)))
}

function stack(steps: readonly Numbers[]): Numbers {
  const [first] = steps
  if (!first) throw new Error('Scan that never ran has no shape to stack')
  const data = new Float64Array(steps.length * first.data.length)
  steps.forEach((step, at) => data.set(step.data, at * first.data.length))
  return numbers(first.dtype, [steps.length, ...first.shape], data)
}
