/** `espalier check`: what is wrong with a project and its data, and the mends that are known. */
import { resolve } from 'node:path'
import { inspect } from '#engine/compile/inspect.ts'
import { terminalsOf } from '#engine/project/blocks.ts'
import { applyMend } from '#engine/project/mend.ts'
import type { Issue, Project } from '#engine/project/project.ts'
import { writeProject } from '#main/files/project.ts'
import { startTrainerProcess } from '#main/host/trainerProcess.ts'
import { createTrainerClient, type TrainerClient } from '#main/trainer/client.ts'
import { CallError } from '#shared/result.ts'
import { isSample, openNamedProject } from './project.ts'
import { plural } from './report/text.ts'

export interface CheckOptions {
  readonly mend: boolean
}

/** Mends may lay open further mistakes; that many follow each other at most. */
const mostMends = 100

/** Tells every issue, a line each; gives exit code 2 while there are errors. Throws CallErrors and IssueErrors. */
export async function check(name: string, { mend }: CheckOptions): Promise<number> {
  if (mend && isSample(name))
    throw new CallError('invalid', `${name} is a sample, which stays as it is; save it as a project file first.`)
  const { project, folder } = await openNamedProject(name)
  const trainer = createTrainerClient(startTrainerProcess)
  try {
    const issues = (after: Project): Promise<readonly Issue[]> => issuesOf(trainer, after, folder)
    const left = mend ? await mended(project, issues, resolve(name)) : await issues(project)
    for (const issue of left) process.stdout.write(told(issue))
    const errors = left.filter(({ severity }) => severity === 'error').length
    const counts = [plural(errors, 'error'), plural(left.length - errors, 'warning')]
    process.stdout.write(`${name}: ${counts.join(', ')}.\n`)
    return errors > 0 ? 2 : 0
  } finally {
    trainer.close()
  }
}

/** Everything that is wrong with a project or worth knowing, the table's issues first. */
async function issuesOf(trainer: TrainerClient, project: Project, folder: string): Promise<readonly Issue[]> {
  if (project.data.source === null) return inspect(project, null).issues
  const { shape, issues } = await trainer.call('data.describe', {
    folder,
    data: project.data,
    seed: project.training.seed,
    terminals: terminalsOf(project.graph),
  })
  return [...issues, ...inspect(project, shape).issues]
}

/** Mends one error after the other, saves the project if that helped, and gives what is left. */
async function mended(
  project: Project,
  look: (project: Project) => Promise<readonly Issue[]>,
  path: string,
): Promise<readonly Issue[]> {
  let current = project
  let left = await look(project)
  for (let count = 0; count < mostMends; count++) {
    const next = left.find((issue) => issue.severity === 'error' && issue.mend)
    if (!next?.mend) break
    process.stdout.write(`Mended: ${next.message} (${next.mend.title})\n`)
    current = applyMend(current, next.mend)
    left = await look(current)
  }
  if (current !== project) await writeProject(path, current)
  return left
}

const told = ({ severity, message, mend }: Issue): string =>
  `${severity === 'error' ? 'Error' : 'Warning'}: ${message}\n${mend ? `  Mend: ${mend.title}\n` : ''}`
