/** Opening and saving projects and samples. */
import { readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import type { Project } from '#engine/project/project.ts'
import { CallError } from '#shared/result.ts'
import type { Handlers } from '#shared/routes.ts'
import { writeFileAtomic } from '#main/files/atomic.ts'
import { exists, freePath } from '#main/files/free.ts'
import { isMissing } from '#main/files/missing.ts'
import { slug } from '#main/files/names.ts'
import { projectExtension, readProject, writeProject } from '#main/files/project.ts'
import { isWithin } from '#main/files/reach.ts'
import { noteRecent, readRecent } from '#main/files/recent.ts'
import { listSamples, openSample } from '#main/files/samples.ts'
import { isModel, parseModel, readModelFile } from '#main/files/models.ts'
import { bringModel } from './models.ts'
import { checkExtension, folderOf, isOwnFile } from './place.ts'
import type { Platform } from './platform.ts'

type ProjectRoute =
  'samples.list' | 'samples.open' | 'project.open' | 'project.import' | 'project.save' | 'project.recent'

/** In the workbench a project names its files absolutely, so that it can be saved anywhere. */
function asOpened(project: Project, folder: string): Project {
  const { data, weights } = project
  return {
    ...project,
    data: isOwnFile(data.source) ? { ...data, source: resolve(folder, data.source) } : data,
    weights: weights === null ? null : resolve(folder, weights),
  }
}

/** A source as a file in `folder` names it: relative when it lies beside the file or deeper, else absolute. */
const storedSource = (source: string, folder: string): string =>
  isWithin(folder, source) ? relative(folder, source).split(sep).join('/') : source

/** The name of a project's starting weights in `folder`; copies them there when they are elsewhere. */
async function bringWeights(platform: Platform, weights: string, folder: string): Promise<string> {
  checkExtension(weights, '.onnx')
  const path = await platform.reach.resolve(weights)
  if (dirname(path) === folder) return basename(path)
  const content = await readFile(path).catch((error: unknown) => {
    if (isMissing(error)) throw new CallError('missing', `There is no file ${path} with the project's weights.`)
    throw error
  })
  const copy = await freePath(join(folder, basename(path)))
  await writeFileAtomic(copy, content)
  return basename(copy)
}

/** The project as a file in `folder` holds it; its weights are beside it from then on. */
async function asStored(platform: Platform, project: Project, folder: string): Promise<Project> {
  const { data, weights } = project
  return {
    ...project,
    data: isOwnFile(data.source) ? { ...data, source: storedSource(data.source, folder) } : data,
    weights: weights === null ? null : await bringWeights(platform, weights, folder),
  }
}

async function choosePlace(platform: Platform, project: Project): Promise<string | null> {
  const name = `${slug(project.name)}${projectExtension}`
  return platform.dialogs ? platform.dialogs.saveProject(name) : freePath(join(platform.folder, name))
}

export function createProjectHandlers(platform: Platform): Pick<Handlers, ProjectRoute> {
  const { dialogs, home, reach, resources } = platform
  return {
    'samples.list': () => listSamples(resources),

    'samples.open': async ({ id }) => ({ path: null, project: await openSample(resources, id) }),

    'project.open': async ({ path }) => {
      const chosen = path === null ? ((await dialogs?.openProject()) ?? null) : await reach.resolve(path)
      if (chosen === null) return null
      if (isModel(chosen)) return bringModel(platform, await readModelFile(chosen))
      const project = await readProject(chosen)
      await noteRecent(home, chosen)
      return { path: reach.show(chosen), project: asOpened(project, dirname(chosen)) }
    },

    'project.import': async ({ name, base64 }) =>
      bringModel(platform, parseModel(Buffer.from(base64, 'base64'), basename(name))),

    'project.save': async ({ path, project }) => {
      const chosen = path === null ? await choosePlace(platform, project) : await reach.resolve(path)
      if (chosen === null) return null
      checkExtension(chosen, projectExtension)
      const folder = dirname(chosen)
      const stored = await asStored(platform, asOpened(project, await folderOf(platform, path)), folder)
      await writeProject(chosen, stored)
      await noteRecent(home, chosen)
      return { path: reach.show(chosen), project: asOpened(stored, folder) }
    },

    'project.recent': async () => {
      const recent: { path: string; name: string }[] = []
      for (const path of await readRecent(home)) {
        // A list made elsewhere may name files that are gone by now, or out of this shell's reach.
        const reachable = await reach.resolve(path).then(exists, () => false)
        if (reachable) recent.push({ path: reach.show(path), name: basename(path, projectExtension) })
      }
      return recent
    },
  }
}
