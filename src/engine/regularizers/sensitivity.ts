import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'

/** What enters the layers; fails where nothing does that has a gradient. */
export function numbersOf(entered: readonly Value[], fail: (message: string) => never): readonly Value[] {
  return entered.length > 0
    ? entered
    : fail('needs numbers that enter the network, but it begins with an embedding; remove it')
}

/** The squared length of what belongs to one row, the mean over rows; values are [batch, ...]. */
export function meanSquare(g: Builder, values: readonly Value[]): Value {
  return values
    .map((value) => g.Div(g.ReduceSumSquare(value, null), g.count(value, [0])))
    .reduce((sum, each) => g.Add(sum, each))
}
