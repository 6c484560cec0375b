/** What has become of each value of the old graph, and in which layouts the new one has it. */
import { GraphError, sameShape, type Node, type Value } from '../../graph/graph.ts'
import type { Builder } from '../../ops/builder.ts'
import { isPointwise } from '../../ops/layout.ts'
import type { Readers } from '../readers.ts'
import { affineOf, Affines, type Affine } from './affine.ts'
import { imageOf, type Image } from './image.ts'
import { fromBlocks, toBlocks } from './runtimeOps.ts'

export class Layouts {
  readonly g: Builder
  /** How many channels a block has; 0 where the runtime has no blocks. */
  readonly block: number
  readonly readers: Readers
  readonly affines: Affines
  readonly #around: (value: Value) => Value
  /** As the shape says, by the name in the old graph. */
  readonly #plain = new Map<string, Value>()
  readonly #channelsLast = new Map<string, Value>()
  readonly #blocked = new Map<string, Affine>()
  /** Blocked only because someone asked for it. */
  readonly #reordered = new Map<string, Value>()

  /** `around`: what values of the graph around have become. */
  constructor(g: Builder, block: number, readers: Readers, around: (value: Value) => Value) {
    this.g = g
    this.block = block
    this.readers = readers
    this.affines = new Affines(g)
    this.#around = around
  }

  /** The image that a value is, where its channels can come in blocks. */
  imageOf({ shape }: Pick<Value, 'shape'>): Image | null {
    const image = this.block > 0 ? imageOf(shape) : null
    return image && image.channels % this.block === 0 ? image : null
  }

  setPlain({ name }: Value, value: Value): void {
    this.#plain.set(name, value)
  }
  setChannelsLast({ name }: Value, value: Value): void {
    this.#channelsLast.set(name, value)
  }
  setBlocked({ name }: Value, affine: Affine): void {
    this.#blocked.set(name, affine)
  }

  /** Whether a value is computed in blocks. */
  isBlocked({ name }: Value): boolean {
    return this.#blocked.has(name)
  }

  /** Whether a node that reads a value reads another beside it that is computed in blocks, or will be. */
  meetsBlocks(value: Value): boolean {
    const comes = (other: Value, steps: number): boolean => {
      const producer = this.readers.producerOf(other)
      return (
        this.isBlocked(other) ||
        (steps > 0 && isPointwiseNode(producer) && producer.inputs.some((input) => input && comes(input, steps - 1)))
      )
    }
    const others = this.readers.readersOf(value).flatMap(({ inputs }) => inputs)
    return others.some((other) => other && other.name !== value.name && comes(other, 2))
  }

  /** A value as its shape says. */
  plain(value: Value): Value {
    const known = this.#plain.get(value.name)
    if (known) return known
    const last = this.#channelsLast.get(value.name)
    const affine = this.#blocked.get(value.name)
    const plain = last
      ? this.g.Transpose(last, channelsFirst(value))
      : affine
        ? this.#fromBlocks(value, affine)
        : this.#around(value)
    this.#plain.set(value.name, plain)
    return plain
  }

  #fromBlocks(value: Value, affine: Affine): Value {
    if (value.dtype !== 'float32') return this.#again(value)
    const { image } = affine
    const blocked = this.affines.value(affine)
    const single = image.rows === 1 && image.columns === 1
    return this.#shaped(single ? blocked : fromBlocks(this.g, blocked, image, false), value.shape)
  }

  /** Only numbers are reordered: what is not a number is computed once more. */
  #again(value: Value): Value {
    const node = this.readers.producerOf(value)
    const results =
      node &&
      this.g.again(
        node,
        node.inputs.map((input) => input && this.plain(input)),
      )
    const result = results?.[node?.outputs.findIndex(({ name }) => name === value.name) ?? 0]
    if (!result) throw new GraphError(`${value.name} cannot be computed once more`)
    return result
  }

  #shaped(value: Value, shape: Value['shape']): Value {
    return sameShape(value.shape, shape) ? value : this.g.Reshape(value, shape.map(Number))
  }

  /** A value with its channels last, [images, ...places, channels]. */
  channelsLast(value: Value): Value {
    const known = this.#channelsLast.get(value.name)
    if (known) return known
    const affine = this.#blocked.get(value.name)
    const perm = channelsLast(value)
    const last =
      affine && value.dtype === 'float32'
        ? this.#shaped(
            fromBlocks(this.g, this.affines.value(affine), affine.image, true),
            perm.map((axis) => value.shape[axis] ?? 0),
          )
        : this.g.Transpose(this.plain(value), perm)
    this.#channelsLast.set(value.name, last)
    return last
  }

  /** A value as a sum over blocked ones. */
  affine(value: Value): Affine {
    const image = this.imageOf(value)
    if (!image) throw new GraphError(`${value.name} has no blocks of channels`)
    return this.#blocked.get(value.name) ?? affineOf(this.#toBlocks(value, image), image)
  }

  /** A value in blocks. */
  blocked(value: Value): Value {
    return this.affines.value(this.affine(value))
  }

  #toBlocks(value: Value, image: Image): Value {
    const known = this.#reordered.get(value.name)
    if (known) return known
    if (value.dtype !== 'float32') throw new GraphError(`${value.name} holds no numbers that can be reordered`)
    const { images, channels, rows, columns } = image
    const last = this.#channelsLast.get(value.name)
    const single = rows === 1 && columns === 1
    const source = this.#shaped(
      last && !single ? last : this.plain(value),
      last && !single ? [images, rows, columns, channels] : [images, channels, rows, columns],
    )
    const blocked = single ? source : toBlocks(this.g, source, image, last !== undefined)
    this.#reordered.set(value.name, blocked)
    return blocked
  }
}

const isPointwiseNode = (node: Node | undefined): node is Node => node !== undefined && isPointwise(node.op)

/** The axes that move the channels of a value to its end, and back behind the images. */
const channelsLast = ({ shape }: Value): readonly number[] => [0, ...shape.slice(2).map((_, axis) => axis + 2), 1]
const channelsFirst = ({ shape }: Value): readonly number[] => [
  0,
  shape.length - 1,
  ...shape.slice(2).map((_, axis) => axis + 1),
]

/** Whether a Transpose moves the channels to the end, or from there back behind the images. */
export const movesLast = (value: Value, perm: readonly number[]): boolean => sameShape(perm, channelsLast(value))
export const movesFirst = (value: Value, perm: readonly number[]): boolean => sameShape(perm, channelsFirst(value))
