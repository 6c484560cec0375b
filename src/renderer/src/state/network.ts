/** What of a network decides what it computes. */
import type { ProjectGraph } from '#engine/project/project.ts'

/** All that a network computes: everything but the positions on the canvas. */
export function partsOf({ nodes, wires }: ProjectGraph): readonly unknown[] {
  const parts = nodes.flatMap(({ name, kind, params, frozen, sameAs, block }) => [
    name,
    kind,
    params,
    frozen,
    sameAs,
    ...(block ? partsOf(block) : []),
  ])
  return [wires, ...parts]
}
