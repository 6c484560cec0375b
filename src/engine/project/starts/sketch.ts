/** Networks written down layer by layer. */
import { freeName, step } from '../drawing.ts'
import type { ParamValue, ProjectGraph, ProjectNode, Setting, Wire } from '../project.ts'

/** A network that grows to the right from its Input. */
export class Sketch {
  readonly #nodes: ProjectNode[]
  readonly #wires: Wire[] = []

  /** Begins with an Input for rows of this shape; without one it takes the features of the table as they are. */
  constructor(shape: readonly number[] = []) {
    const params = shape.length > 0 ? { shape } : {}
    this.#nodes = [{ name: 'input', kind: 'input', params, position: { x: 0, y: 0 } }]
  }

  /** The layer drawn last. */
  get last(): string {
    return this.#nodes.at(-1)?.name ?? ''
  }

  /** Draws a layer that reads these, by default the one drawn last, and gives its name. */
  add(kind: string, params: Readonly<Record<string, ParamValue>> = {}, ...from: readonly string[]): string {
    const sources = from.length > 0 ? from : [this.last]
    const name = freeName(this.#nodes, kind)
    this.#nodes.push({ name, kind, params, position: { x: this.#nodes.length * step.x, y: 0 } })
    for (const source of sources) this.#wires.push({ from: source, to: name })
    return name
  }

  /** Ends the network with a layer. */
  finish({ kind, params }: Setting): ProjectGraph {
    this.add(kind, params)
    return { nodes: this.#nodes, wires: this.#wires }
  }
}
