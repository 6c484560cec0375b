/** Which column goes to which Input, and which output is to match which target, in networks that have several. */
import type { Terminals } from '#engine/project/blocks.ts'
import { columnMend } from '#engine/project/mend.ts'
import type { DataSettings, Issue } from '#engine/project/project.ts'
import type { Column } from './columns.ts'

export interface Assignment {
  /** Columns by the name of the Input or output; empty where there is only one. */
  readonly features: ReadonlyMap<string, readonly Column[]>
  readonly targets: ReadonlyMap<string, readonly Column[]>
  readonly issues: readonly Issue[]
}

/**
 * Features that name no Input go to the first; targets that name no output go, in their order, to the outputs that have none.
 * An Input or output that is left without a column, and a column that names none of them, is an error.
 */
export function assignColumns(
  columns: readonly Column[],
  choices: DataSettings['columns'],
  { inputs, outputs }: Terminals,
): Assignment {
  const issues: Issue[] = []
  const group = (role: 'feature' | 'target', nodes: readonly string[], what: string): Map<string, Column[]> => {
    const groups = new Map<string, Column[]>()
    if (nodes.length < 2) return groups
    for (const node of nodes) groups.set(node, [])
    const open: Column[] = []
    const named = new Set(columns.flatMap(({ name, role: own }) => (own === role ? [choices[name]?.node] : [])))
    const vacant = nodes.find((node) => !named.has(node)) ?? nodes[0] ?? ''
    for (const column of columns) {
      if (column.role !== role) continue
      const node = choices[column.name]?.node
      const chosen = node === undefined ? undefined : groups.get(node)
      if (chosen) chosen.push(column)
      else if (node === undefined) open.push(column)
      else
        issues.push({
          severity: 'error',
          path: `data/columns/${column.name}`,
          message: `Column "${column.name}" belongs to ${node}, which is no ${what} of the network; choose one of ${nodes.join(', ')}.`,
          mend: columnMend(`Give "${column.name}" to ${vacant}`, [column.name], { node: vacant }),
        })
    }
    const empty = nodes.filter((node) => groups.get(node)?.length === 0)
    const [first = ''] = nodes
    if (role === 'feature') groups.get(first)?.push(...open)
    else if (open.length <= empty.length)
      open.forEach((column, index) => groups.get(empty[index] ?? first)?.push(column))
    else
      issues.push({
        severity: 'error',
        path: 'data/columns',
        message: `${open.length} targets are left for ${empty.length} outputs (${open.map(({ name }) => `"${name}"`).join(', ')}); say of each which output is to match it.`,
      })
    for (const [node, own] of groups)
      if (own.length === 0)
        issues.push({
          severity: 'error',
          path: 'data/columns',
          message: `No column goes to the ${what} ${node}; choose it for at least one ${role}.`,
        })
    return groups
  }
  const features = group('feature', inputs, 'Input')
  const targets = group('target', outputs, 'output')
  return { features, targets, issues }
}
