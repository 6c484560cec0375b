/** Models of other programs, brought into the workbench. */
import { join } from 'node:path'
import type { RouteOutput } from '#shared/routes.ts'
import { freePath } from '#main/files/free.ts'
import type { ImportedModel } from '#main/files/models.ts'
import { slug } from '#main/files/names.ts'
import { saveWeights } from '#main/files/weights.ts'
import { version } from './about.ts'
import type { Platform } from './platform.ts'

/**
 * A model as a project without a file of its own. Its weights are kept where tables handed over by content are, under a name
 * that was free, until the project is saved and takes them along.
 */
export async function bringModel(
  platform: Platform,
  { project, weights, warnings }: ImportedModel,
): Promise<RouteOutput<'project.import'>> {
  if (weights.size === 0) return { path: null, project, warnings: [...warnings] }
  const path = await freePath(join(platform.uploads, `${slug(project.name)}.weights.onnx`))
  await saveWeights(path, weights, version)
  return { path: null, project: { ...project, weights: path }, warnings: [...warnings] }
}
