import type { OutputView } from '../define.ts'
import type { Value } from '../graph/graph.ts'

/** The logits of an output; fails with what to do where the network hides them. */
export function logitsOf({ logits, node }: OutputView, fail: (message: string) => never): Value {
  return (
    logits ??
    fail(`needs what goes into a last sigmoid or softmax, but ${node} ends in something else; give it that activation`)
  )
}
