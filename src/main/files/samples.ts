/** The projects that ship with Espalier. */
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Project } from '#engine/project/project.ts'
import { CallError } from '#shared/result.ts'
import { projectExtension, readProject } from './project.ts'

export interface Sample {
  readonly id: string
  readonly title: string
  readonly doc: string
}

const folderOf = (resources: string): string => join(resources, 'samples')

async function sampleIds(resources: string): Promise<readonly string[]> {
  const names = await readdir(folderOf(resources))
  return names.filter((name) => name.endsWith(projectExtension)).map((name) => basename(name, projectExtension))
}

/** A sample by its id; the project has no file of its own yet. */
export async function openSample(resources: string, id: string): Promise<Project> {
  if (!(await sampleIds(resources)).includes(id)) throw new CallError('missing', `There is no sample named "${id}".`)
  return readProject(join(folderOf(resources), `${id}${projectExtension}`))
}

/** Every sample by file name; their numbers put the one for a first start first. */
export async function listSamples(resources: string): Promise<Sample[]> {
  const ids = [...(await sampleIds(resources))].sort()
  return Promise.all(
    ids.map(async (id) => {
      const { name, doc } = await openSample(resources, id)
      return { id, title: name, doc }
    }),
  )
}
