/** Everything a run is at one moment: with it, and the same project, training goes on to the same bits. */
import type { StopState } from '#engine/define.ts'
import type { Tensor } from '#engine/graph/graph.ts'

/** Float32 tensors by name. */
export type Tensors = ReadonlyMap<string, FloatTensor>

export interface FloatTensor extends Tensor {
  readonly dtype: 'float32'
  readonly data: Float32Array
}

/** Weights worth going back to, and the epoch (counted from 1; 0 is the start) at whose end they were seen. */
export interface Snapshot {
  readonly epoch: number
  readonly weights: Tensors
}

/** A live change, or several that belong together, with the state before it kept. */
export interface Mark {
  /** Counted from 1. */
  readonly number: number
  /** The setting that was changed first. */
  readonly name: string
  /** Steps done before it. */
  readonly iteration: number
}

/** The numbers of a run's state; together with its tensors this is what a checkpoint holds. */
export interface Progress {
  /** Epochs finished. */
  epoch: number
  /** Steps done in the epoch that is going on. */
  step: number
  /** Steps done since the very start. */
  iteration: number
  /** Of the last step, after the schedule. */
  learningRate: number
  /** Sums over the rows of the epoch so far, one for each column of the report. */
  sums: number[]
  /** Rows behind the sums. */
  rows: number
  /** Live settings as they are used now. */
  live: Record<string, number>
  /** The step before which scheduled changes were made last; -1 before the first. */
  scheduled: number
  /** What the run can go back to, the latest last; and the number given last. */
  marks: Mark[]
  lastMark: number
  /** One for each rule of the run. */
  stops: StopState[]
  /** The best epoch by validation loss, while no rule watches anything. */
  best: { epoch: number; value: number } | null
  /** The position of the rule that has ended the run. */
  endedBy: number | null
  /** Time trained, over all sessions; and in the epoch that is going on. */
  seconds: number
  epochSeconds: number
}

/** A tensor of zeros (or `fill`). */
export function floatTensor(shape: readonly number[], fill = 0): FloatTensor {
  const size = shape.reduce((product, dim) => product * dim, 1)
  return { dtype: 'float32', shape, data: new Float32Array(size).fill(fill) }
}

/** Tensors of the same names and shapes with memory of their own. */
export function copyTensors(tensors: Tensors): Tensors {
  return new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }]))
}

/** Overwrites tensors with others of the same names and shapes. */
export function assignTensors(to: Tensors, from: Tensors): void {
  for (const [name, tensor] of to) {
    const source = from.get(name)
    if (!source) throw new Error(`no tensor named ${name} to copy from`)
    tensor.data.set(source.data)
  }
}

/** How many numbers all tensors hold together. */
export function countNumbers(tensors: Tensors): number {
  let count = 0
  for (const tensor of tensors.values()) count += tensor.data.length
  return count
}
