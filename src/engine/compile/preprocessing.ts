/** What the trainer did to a table's columns before the network saw them; the exported graph does the same. */

interface ColumnBase {
  readonly name: string
  /** The Input it goes to, in networks that have several. */
  readonly node?: string
}

/** `(value - mean) / deviation` in float32, a missing value (NaN) first replaced by `fill`. */
export interface NumberColumn extends ColumnBase {
  readonly type: 'number'
  /** All three are exactly representable in float32, so that trainer and exported graph compute the same bits. */
  readonly mean: number
  readonly deviation: number
  readonly fill: number
}

/** One number per category, 1 where it is the value's and else 0; a value not listed gives zeros. */
export interface CategoryColumn extends ColumnBase {
  readonly type: 'category'
  readonly categories: readonly string[]
  /** For an Embedding it is one number instead: 1 for the first category and so on, 0 for a value not listed. */
  readonly indexed?: true
}

/** How many numbers a row becomes. */
export function featureCount(columns: Preprocessing['columns']): number {
  return columns.reduce(
    (sum, column) => sum + (column.type === 'number' || column.indexed ? 1 : column.categories.length),
    0,
  )
}

/** Names the exported model needs for itself. */
const taken: readonly string[] = ['input', 'logits', 'probabilities', 'label', 'prediction']

/** What the exported model calls the input of a category column: the column's own name where it is free. */
export function inputNameOf({ name }: CategoryColumn): string {
  return taken.includes(name) ? `${name}.column` : name
}

/** The columns that go to an Input, the `index`-th of a network. */
export function columnsOf({ columns }: Preprocessing, node: string, index: number): Preprocessing['columns'] {
  return columns.filter((column) => (column.node === undefined ? index === 0 : column.node === node))
}

/** What an output predicts. */
export interface TargetNames {
  /** Names of the classes by index; empty for regression. */
  readonly classes: readonly string[]
  /** The columns that are predicted: one, or several numbers for regression with more than one output. */
  readonly targets: readonly string[]
}

export interface Preprocessing extends TargetNames {
  /** The features in the order in which the network's input has them. */
  readonly columns: readonly (NumberColumn | CategoryColumn)[]
  /** By the name of the layer that puts out, in networks with several outputs. */
  readonly outputs?: Readonly<Record<string, TargetNames>>
}
