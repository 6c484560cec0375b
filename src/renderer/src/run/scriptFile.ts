/** The project as a script in Python, with the table it trains on. */
import type { Project } from '#engine/project/project.ts'
import { type ScriptFormat, scriptOf } from '#engine/scripts/script.ts'
import type { DataSummary } from '#shared/data.ts'
import { tableName } from '../data/tableName.ts'

/** Name and text of the script; throws an IssueError with what is wrong, or what the format lacks. */
export function scriptFile(
  project: Project,
  format: ScriptFormat,
  data: DataSummary | null,
): { readonly name: string; readonly text: string } {
  const plain = project.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
  return {
    name: `${plain.replaceAll(/^_+|_+$/g, '') || 'model'}_${format}.py`,
    text: scriptOf(project, format, data && { ...data, source: tableName(data.source) }),
  }
}
