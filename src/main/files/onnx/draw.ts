/** A foreign network as layers: a walk over its nodes, each drawn by the code for its op. */
import type { FileNode, FileValue, ModelFile } from '#engine/onnx/read.ts'
import type { Issue } from '#engine/project/project.ts'
import { evaluate } from './constants.ts'
import { identity, type Curve } from './curves.ts'
import { fused } from './fusions.ts'
import { drawingOf } from './ops/index.ts'
import { batchAxis, dimsOf, isAscending, Sheet, type Draft, type Flow } from './sheet.ts'
import { Refusal, Step, type Surroundings } from './step.ts'
import { unknown, type Known } from './values.ts'

export interface ForeignOutput {
  /** The file's name for it. */
  readonly name: string
  readonly layer: Draft
  /** For each axis of the file, which axis of the layer's output it is; -1 for one of size 1 that the layer has not. */
  readonly axes: readonly number[]
}

export interface Drawing {
  /** In the file's order. */
  readonly inputs: readonly Draft[]
  readonly outputs: readonly ForeignOutput[]
}

/** Draws a network; reports every node that has no counterpart, and what else stands in the way. */
export function drawNetwork(file: ModelFile, issues: Issue[]): Drawing {
  return new Walk(file, issues).draw()
}

class Walk implements Surroundings {
  readonly sheet = new Sheet()
  readonly opset: number
  readonly nodes: readonly FileNode[]
  readonly realized = new Map<Curve, Map<Draft, Flow>>()
  readonly readers = new Map<string, number>()
  readonly #file: ModelFile
  readonly #issues: Issue[]
  readonly #known = new Map<string, Known>()

  constructor(file: ModelFile, issues: Issue[]) {
    this.#file = file
    this.#issues = issues
    this.opset = file.opset[''] ?? 1
    this.nodes = fused(file)
    const read = [...this.nodes.flatMap(({ inputs }) => inputs), ...file.outputs.map(({ name }) => name)]
    for (const name of read) this.readers.set(name, (this.readers.get(name) ?? 0) + 1)
  }

  known(name: string): Known {
    return this.#known.get(name) ?? unknown
  }

  warn(message: string): void {
    this.#issues.push({ severity: 'warning', path: 'onnx', message })
  }

  #error(message: string): void {
    this.#issues.push({ severity: 'error', path: 'onnx', message })
  }

  draw(): Drawing {
    for (const [name, tensor] of this.#file.initializers) this.#known.set(name, { kind: 'constant', tensor })
    const inputs = this.#file.inputs.flatMap((value) => this.#enter(value) ?? [])
    for (const node of this.nodes) this.#visit(node)
    const outputs = this.#file.outputs.flatMap((value) => this.#leave(value) ?? [])
    return { inputs, outputs }
  }

  /** An input as a layer, in the axes of the file. */
  #enter({ name, shape }: FileValue): Draft | null {
    if (!this.readers.has(name)) return null
    if (!shape || shape.length === 0) {
      this.#error(`The file does not say what shape its input ${name} has; export it with a shape.`)
      return null
    }
    const batch = batchOf(shape)
    const row = shape.filter((_, axis) => axis !== batch)
    const sizes = row.filter((size) => typeof size === 'number')
    if (sizes.length < row.length) {
      const open = row.map((size) => (typeof size === 'number' ? size : (size ?? '?')))
      this.#error(
        `The input ${name} leaves sizes of a row open, [${open.join(', ')}]; export the model with fixed sizes, only the batch may be open.`,
      )
      return null
    }
    // One channel may as well be the last: the numbers of a row come in the same order.
    const flat = sizes.length > 1 && batch === 0 && sizes[0] === 1 && this.#movesOver(name)
    const own = flat ? [...sizes.slice(1), 1] : sizes.length === 0 ? [1] : sizes
    const layer = this.sheet.add({ name, kind: 'input', params: { shape: own }, inputs: [], sizes: own })
    const places = flat
      ? [own.length, ...own.slice(0, -1).map((_, axis) => axis + 1)]
      : sizes.map((_, axis) => axis + 1)
    const axes = [...places.slice(0, batch).map((axis) => [axis]), [0], ...places.slice(batch).map((axis) => [axis])]
    this.#known.set(name, { kind: 'flow', flow: { layer, axes }, curve: identity })
    return layer
  }

  /** Whether a value goes to layers that move over places. */
  #movesOver(name: string): boolean {
    const spatial = [
      'Conv',
      'ConvTranspose',
      'MaxPool',
      'AveragePool',
      'BatchNormalization',
      'Pad',
      'Sub',
      'Div',
      'Mul',
    ]
    return this.nodes.some(({ op, inputs }) => inputs[0] === name && spatial.includes(op))
  }

  #visit(node: FileNode): void {
    const operands = node.inputs.map((name) => (name === '' ? null : this.known(name)))
    // What could not be read is reported where it stands, not again where it leads.
    if (operands.some((known) => known?.kind === 'unknown')) return
    const constant = node.domain === '' ? evaluate(node, operands) : null
    const [result] = node.outputs
    if (constant && result !== undefined) {
      this.#known.set(result, constant)
      return
    }
    if (node.op === 'ArgMax' && this.#leadsOutOnly(node)) {
      this.warn(
        `The output ${result ?? ''} is left out: it is the place of the largest number, which is told from the others.`,
      )
      return
    }
    const step = new Step(node, this)
    const draw = node.domain === '' ? drawingOf(node.op) : undefined
    if (!draw) {
      this.#error(
        `${placeOf(node)} is of an op that no layer computes; replace it in the model, or export only the part before it.`,
      )
      return
    }
    try {
      draw(step)
      for (const [name, known] of step.results) this.#known.set(name, known)
    } catch (problem) {
      this.#refuse(problem)
    }
  }

  /** Reports why a node has no counterpart, once. */
  #refuse(problem: unknown): void {
    if (!(problem instanceof Refusal)) throw problem
    const message = `${placeOf(problem.node)} ${problem.message}.`
    if (!this.#issues.some((issue) => issue.message === message)) this.#error(message)
  }

  #leadsOutOnly({ outputs }: FileNode): boolean {
    const ends = new Set(this.#file.outputs.map(({ name }) => name))
    return outputs.every((name) => this.readers.get(name) === 1 && ends.has(name)) && ends.size > 1
  }

  /** An output: rows as the file has them, but that images and sequences keep their channels last. */
  #leave({ name }: FileValue): ForeignOutput | null {
    const known = this.known(name)
    if (known.kind !== 'flow') {
      if (known.kind !== 'unknown') this.#error(`The output ${name} does not depend on the data; leave it out.`)
      return null
    }
    const made = new Step({ op: 'Identity', domain: '', name, inputs: [], outputs: [], attributes: {} }, this)
    try {
      const flow = made.realize(known)
      const batch = batchAxis(flow)
      const places = flow.axes.map((group) => (group.length === 1 ? (group[0] ?? -1) : -1))
      const rows = dimsOf(flow).filter((_, axis) => axis !== batch)
      const clear = flow.axes.every(
        (group, axis) => group.length === 1 || (group.length === 0 && dimsOf(flow)[axis] === 1),
      )
      const moved = places.filter((place, axis) => place > 0 && (dimsOf(flow)[axis] ?? 1) > 1)
      const complete = flow.layer.sizes.every((size, axis) => size === 1 || places.includes(axis + 1))
      if (clear && complete && rows.length > 1 && !isAscending(moved)) {
        this.warn(
          `The output ${name} has its channels last here, [${flow.layer.sizes.join(', ')}] for each row, where the file has ${made.shapeOf(flow)}; give targets in this order.`,
        )
        return { name, layer: flow.layer, axes: places }
      }
      const layer = made.natural(flow)
      return { name, layer, axes: places.map((_, axis) => (axis === batch ? 0 : axis < batch ? axis + 1 : axis)) }
    } catch (problem) {
      this.#refuse(problem)
      return null
    }
  }
}

/** A node in words: its name, or that of what it puts out, and its op. */
function placeOf({ name, domain, op, outputs }: FileNode): string {
  return `The node ${name || (outputs[0] ?? '')} (${domain === '' ? '' : `${domain}.`}${op})`
}

/** The axis of the rows: the first, unless another is the only one left open. */
function batchOf(shape: readonly (number | string | null)[]): number {
  const open = shape.flatMap((size, axis) => (typeof size === 'number' ? [] : [axis]))
  return typeof shape[0] === 'number' && open.length === 1 ? (open[0] ?? 0) : 0
}
