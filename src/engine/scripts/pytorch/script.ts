import type { Project } from '../../project/project.ts'
import type { ScriptData } from '../scriptData.ts'
export function pytorchScript(project: Project, data: ScriptData | null): string { return project.name + String(data) }
