import type { ProjectNode, Wire } from '#engine/project/project.ts'

const column = 220
const row = 120

/** Places for nodes on the canvas: each a column right of what feeds it, those of a column below each other. */
export function place(names: readonly string[], wires: readonly Wire[]): Map<string, ProjectNode['position']> {
  const depths = new Map<string, number>()
  // Keras lists layers in an order in which inputs come first, so one pass is enough.
  for (const name of names) {
    const sources = wires.filter(({ to }) => to === name).map(({ from }) => depths.get(from) ?? 0)
    depths.set(name, sources.length > 0 ? Math.max(...sources) + 1 : 0)
  }
  const filled = new Map<number, number>()
  return new Map(
    names.map((name) => {
      const depth = depths.get(name) ?? 0
      const above = filled.get(depth) ?? 0
      filled.set(depth, above + 1)
      return [name, { x: depth * column, y: above * row }]
    }),
  )
}
