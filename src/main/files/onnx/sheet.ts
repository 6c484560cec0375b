/** The layers of an imported network while they are being drawn, and the values between them. */
import type { ParamValue } from '#engine/project/project.ts'
import type { Floats } from './floats.ts'

/** A layer to be. It changes while the drawing is tidied. */
export interface Draft {
  /** What it is called after; several may have the same. */
  readonly name: string
  kind: string
  params: Readonly<Record<string, ParamValue>>
  inputs: readonly Draft[]
  weights: Readonly<Record<string, Floats>>
  /** Sizes of one row of what it puts out. */
  sizes: readonly number[]
  frozen: boolean
}

/**
 * A value of the file as the project has it. `axes` says for each axis of the file which axes of the layer's output it is,
 * row-major; 0 is the batch axis. Axes of size 1 may be missing on either side; every other axis is there once.
 */
export interface Flow {
  readonly layer: Draft
  readonly axes: readonly (readonly number[])[]
}

/** Stands for the number of rows in a batch: a prime larger than any axis, so that sizes with it in them can be told. */
export const batchSize = 1_000_003

const product = (numbers: readonly number[]): number => numbers.reduce((result, number) => result * number, 1)

/** The size of an axis of a layer's output; `batchSize` for the batch. */
export const axisSize = ({ sizes }: Draft, axis: number): number => (axis === 0 ? batchSize : (sizes[axis - 1] ?? 1))

/** The sizes of a value as the file has it. */
export const dimsOf = ({ layer, axes }: Flow): readonly number[] =>
  axes.map((group) => product(group.map((axis) => axisSize(layer, axis))))

/** Where the file has the batch axis. */
export const batchAxis = ({ axes }: Flow): number => axes.findIndex((group) => group.includes(0))

/** A layer's output with the axes it has. */
export const whole = (layer: Draft): Flow => ({ layer, axes: [[0], ...layer.sizes.map((_, axis) => [axis + 1])] })

/** Whether both have the same axes in the same places. */
export const sameAxes = (a: Flow, b: Flow): boolean =>
  a.axes.length === b.axes.length &&
  a.layer.sizes.length === b.layer.sizes.length &&
  a.axes.every((group, index) => group.join() === b.axes[index]?.join())

export interface DraftRequest {
  readonly name: string
  readonly kind: string
  readonly params?: Draft['params']
  readonly inputs: readonly Draft[]
  readonly weights?: Draft['weights']
  readonly sizes: readonly number[]
}

export class Sheet {
  /** Arrangements by what they arrange and how, so that two readers share one. */
  readonly #arranged = new Map<Draft, Map<string, Draft>>()

  /** Adds a layer. */
  add({ name, kind, params = {}, inputs, weights = {}, sizes }: DraftRequest): Draft {
    return { name, kind, params, inputs, weights, sizes, frozen: false }
  }

  #once(layer: Draft, key: string, make: () => Draft): Draft {
    const known = this.#arranged.get(layer) ?? new Map<string, Draft>()
    this.#arranged.set(layer, known)
    const draft = known.get(key) ?? make()
    known.set(key, draft)
    return draft
  }

  /** The layer's output in these sizes, row by row in the same order. */
  reshape(layer: Draft, sizes: readonly number[]): Draft {
    if (sizes.join() === layer.sizes.join()) return layer
    const [before] = layer.inputs
    if (before && (layer.kind === 'reshape' || layer.kind === 'flatten')) return this.reshape(before, sizes)
    return this.#once(layer, `reshape ${sizes.join()}`, () =>
      sizes.length === 1
        ? this.add({ name: 'flatten', kind: 'flatten', inputs: [layer], sizes })
        : this.add({ name: 'reshape', kind: 'reshape', params: { shape: sizes }, inputs: [layer], sizes }),
    )
  }

  /** The layer's output with its axes in another order: axis i comes from dims[i], all counted from 1. */
  permute(layer: Draft, dims: readonly number[]): Draft {
    if (dims.every((axis, index) => axis === index + 1)) return layer
    const sizes = dims.map((axis) => axisSize(layer, axis))
    const moved = dims.filter((axis) => axisSize(layer, axis) !== 1)
    if (isAscending(moved)) return this.reshape(layer, sizes)
    const [before] = layer.inputs
    const earlier = layer.params['dims']
    if (before && layer.kind === 'permute' && Array.isArray(earlier)) {
      const from = earlier.map(Number)
      return this.permute(
        before,
        dims.map((axis) => from[axis - 1] ?? axis),
      )
    }
    return this.#once(layer, `permute ${dims.join()}`, () =>
      this.add({ name: 'permute', kind: 'permute', params: { dims }, inputs: [layer], sizes }),
    )
  }

  /**
   * A layer whose axes, after that of the batch, are these axes of the file, several in one where a group has several. Undefined
   * where the file has mixed the batch with another axis.
   */
  arrange({ layer, axes }: Flow, groups: readonly (readonly number[])[]): Draft | undefined {
    const wanted = groups.map((group) => group.flatMap((axis) => axes[axis] ?? []))
    if (wanted.some((group) => group.includes(0))) return undefined
    if (axes.some((group) => group.includes(0) && group.some((axis) => axisSize(layer, axis) > 1 && axis !== 0)))
      return undefined
    const sizes = wanted.map((group) => product(group.map((axis) => axisSize(layer, axis))))
    const sequence = wanted.flat()
    if (isAscending(sequence.filter((axis) => axisSize(layer, axis) !== 1))) return this.reshape(layer, sizes)
    const left = layer.sizes.map((_, axis) => axis + 1).filter((axis) => !sequence.includes(axis))
    return this.reshape(this.permute(layer, [...sequence, ...left]), sizes)
  }
}

export const isAscending = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || (numbers[index - 1] ?? 0) < number)
