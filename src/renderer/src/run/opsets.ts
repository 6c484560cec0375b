/** What an opset costs: which operations of the network it lacks, so that they are written as several others. */
import { decomposedOps, irVersions } from '#engine/compile/opset.ts'
import type { Graph } from '#engine/graph/graph.ts'
import { texts } from '../texts.ts'

/** The opsets that can be exported to. */
export const opsets: readonly number[] = Object.keys(irVersions).map(Number)

/** One sentence about an opset for this network; `graph` null when it is not known. */
export function costOf(graph: Graph | null, opset: number): string {
  if (graph === null) return opset === 15 ? texts.export.opsetUsual : ''
  const lacking = decomposedOps(graph, opset)
  const usual = opset === 15 ? ` ${texts.export.opsetUsual}` : ''
  if (lacking.length === 0) return texts.export.opsetFree(opset) + usual
  const complete = opsets.find((other) => other > opset && decomposedOps(graph, other).length === 0)
  return texts.export.opsetCosts(opset, lacking.join(', '), complete ?? null) + usual
}
