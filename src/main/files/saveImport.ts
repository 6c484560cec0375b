import { basename, dirname, extname, join } from 'node:path'
import type { Project } from '#engine/project/project.ts'
import { writeProject } from './project.ts'
import { saveWeights } from './weights.ts'
import type { ImportedModel } from './models.ts'

/**
 * Saves an imported model as a project file and a file of weights beside it; gives the project as saved. The project
 * comes last, so that it never stands there without its weights. `version` is Espalier's.
 */
export async function saveImport(path: string, { project, weights }: ImportedModel, version: string): Promise<Project> {
  const name = basename(path, extname(path))
  const saved: Project = { ...project, name, weights: weights.size > 0 ? `${name}.weights.onnx` : null }
  if (saved.weights !== null) await saveWeights(join(dirname(path), saved.weights), weights, version)
  await writeProject(path, saved)
  return saved
}
