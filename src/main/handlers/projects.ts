/** Opening and saving projects and samples. */
import { copyFile } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Project } from '#engine/project/project.ts'
import type { Handlers } from '#shared/routes.ts'
import { exists, freePath } from '#main/files/free.ts'
import { slug } from '#main/files/names.ts'
import { projectExtension, readProject, writeProject } from '#main/files/project.ts'
import { noteRecent, readRecent } from '#main/files/recent.ts'
import { listSamples, openSample } from '#main/files/samples.ts'
import { checkExtension, folderOf, isOwnFile } from './place.ts'
import type { Platform } from './platform.ts'

type ProjectRoute = 'samples.list' | 'samples.open' | 'project.open' | 'project.save' | 'project.recent'

/** A source as a project in `to` names it: relative when it lies beside the project or deeper, else absolute. */
function movedSource(source: string, from: string, to: string): string {
  const absolute = resolve(from, source)
  const way = relative(to, absolute)
  return way.startsWith('..') || isAbsolute(way) ? absolute : way.split(sep).join('/')
}

/** The project as it is to be saved in another folder, its files still found from there. */
async function moveProject(project: Project, from: string, to: string): Promise<Project> {
  const { data, weights } = project
  if (weights !== null && from !== to) await copyFile(join(from, weights), join(to, weights))
  return isOwnFile(data.source)
    ? { ...project, data: { ...data, source: movedSource(data.source, from, to) } }
    : project
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
      const project = await readProject(chosen)
      await noteRecent(home, chosen)
      return { path: reach.show(chosen), project }
    },

    'project.save': async ({ path, project }) => {
      const chosen = path === null ? await choosePlace(platform, project) : await reach.resolve(path)
      if (chosen === null) return null
      checkExtension(chosen, projectExtension)
      const saved = await moveProject(project, await folderOf(platform, path), dirname(chosen))
      await writeProject(chosen, saved)
      await noteRecent(home, chosen)
      return { path: reach.show(chosen), project: saved }
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
