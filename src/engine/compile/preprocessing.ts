/** What the trainer did to a table's columns before the network saw them; the exported graph does the same. */

/** `(value - mean) / deviation` in float32, a missing value (NaN) first replaced by `fill`. */
export interface NumberColumn {
  readonly name: string
  readonly type: 'number'
  /** All three are exactly representable in float32, so that trainer and exported graph compute the same bits. */
  readonly mean: number
  readonly deviation: number
  readonly fill: number
}

/** One number per category, 1 where it is the value's and else 0; a value not listed gives zeros. */
export interface CategoryColumn {
  readonly name: string
  readonly type: 'category'
  readonly categories: readonly string[]
}

/** Names the exported model needs for itself. */
const taken: readonly string[] = ['input', 'logits', 'probabilities', 'label', 'prediction']

/** What the exported model calls the input of a category column: the column's own name where it is free. */
export function inputNameOf({ name }: CategoryColumn): string {
  return taken.includes(name) ? `${name}.column` : name
}

export interface Preprocessing {
  /** The features in the order in which the network's input has them. */
  readonly columns: readonly (NumberColumn | CategoryColumn)[]
  /** Names of the classes by index; empty for regression. */
  readonly classes: readonly string[]
  /** The columns that are predicted: one, or several numbers for regression with more than one output. */
  readonly targets: readonly string[]
}
