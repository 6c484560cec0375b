/** A project as a script in Python that reproduces it without Espalier. */
import type { Project } from '../project/project.ts'
import { kerasScript } from './keras/script.ts'
import { pytorchScript } from './pytorch/script.ts'
import type { ScriptData } from './scriptData.ts'

export const scriptFormats = ['keras', 'pytorch'] as const
export type ScriptFormat = (typeof scriptFormats)[number]

/**
 * The script that builds and trains a project's network, regularization included. `data` describes the table; null where the
 * project has none, and the script then reads NumPy arrays. Throws an IssueError with what is wrong, or what the format lacks.
 */
export function scriptOf(project: Project, format: ScriptFormat, data: ScriptData | null): string {
  return format === 'keras' ? kerasScript(project, data) : pytorchScript(project, data)
}
