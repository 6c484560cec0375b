/** How any op is written, which the words of the vocabulary rest on. */
import { GraphError, type DType, type Node, type Value } from '../../graph/graph.ts'

export abstract class Words {
  abstract node(
    op: string,
    inputs: readonly (Value | null)[],
    attributes?: Node['attributes'],
    outputs?: number,
  ): readonly Value[]
  abstract producerOf(value: Value): Node | undefined
  abstract ints(numbers: readonly number[]): Value
  abstract scalar(number: number, dtype?: DType): Value

  /** The only output of a node. */
  protected only(op: string, inputs: readonly (Value | null)[], attributes: Node['attributes'] = {}): Value {
    const [value] = this.node(op, inputs, attributes)
    if (!value) throw new GraphError(`${op} gave nothing`)
    return value
  }
}
