/** The projects that ship with Espalier. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Project } from '#engine/project/project.ts'
import { CallError } from '#shared/result.ts'
import { projectExtension, readProject } from './project.ts'

export interface Sample {
  readonly id: string
  readonly title: string
  readonly doc: string
}

/** Every sample by its id, which is its file's name; the one for a first start comes first. */
async function sampleIds(folder: string): Promise<readonly string[]> {
  return v.parse(v.array(v.string()), JSON.parse(await readFile(join(folder, 'order.json'), 'utf8')))
}

/** A sample by its id; the project has no file of its own yet. */
export async function openSample(resources: string, id: string): Promise<Project> {
  const folder = join(resources, 'samples')
  const ids = await sampleIds(folder)
  if (!ids.includes(id)) {
    throw new CallError('missing', `There is no sample named "${id}"; there are ${ids.join(', ')}.`)
  }
  return readProject(join(folder, `${id}${projectExtension}`))
}

/** All samples, the one for a first start first. */
export async function listSamples(resources: string): Promise<Sample[]> {
  const ids = await sampleIds(join(resources, 'samples'))
  return Promise.all(
    ids.map(async (id) => {
      const { name, doc } = await openSample(resources, id)
      return { id, title: name, doc }
    }),
  )
}
