import { GraphError, type Value } from '../graph/graph.ts'

/** One of the slots an optimizer has asked for; throws when it never did. */
export function stateOf(slots: Readonly<Record<string, Value>>, name: string): Value {
  const value = slots[name]
  if (!value) throw new GraphError(`the optimizer keeps no ${name}`)
  return value
}
