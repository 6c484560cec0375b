/** Which project a command is about. */
import { resolve, dirname } from 'node:path'
import type { Project } from '#engine/project/project.ts'
import { installation } from '#main/files/installation.ts'
import { readProject } from '#main/files/project.ts'
import { openSample } from '#main/files/samples.ts'

export interface NamedProject {
  readonly project: Project
  /** What the files it names are relative to. */
  readonly folder: string
}

const samplePrefix = 'sample:'

/** Whether a name is that of a sample, which ships with Espalier and is no file of the user's. */
export const isSample = (name: string): boolean => name.startsWith(samplePrefix)

/** Opens a project file, or `sample:NAME`; a CallError says in one sentence why it cannot be had. */
export async function openNamedProject(name: string): Promise<NamedProject> {
  if (isSample(name)) {
    const project = await openSample(installation.resources, name.slice(samplePrefix.length))
    return { project, folder: process.cwd() }
  }
  return { project: await readProject(resolve(name)), folder: dirname(resolve(name)) }
}
