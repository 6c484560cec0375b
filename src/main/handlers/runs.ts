/** Training runs and what comes out of them. */
import { join } from 'node:path'
import type { Project } from '#engine/project/project.ts'
import { CallError } from '#shared/result.ts'
import type { Handlers } from '#shared/routes.ts'
import { freePath } from '#main/files/free.ts'
import { slug } from '#main/files/names.ts'
import { createRunFolder } from '#main/files/runs.ts'
import { checkExtension, checkReach, folderOf } from './place.ts'
import type { Platform } from './platform.ts'
import { Relay } from './relay.ts'
import { Told } from './told.ts'

type RunRoute =
  | 'run.start'
  | 'run.latest'
  | 'run.pause'
  | 'run.resume'
  | 'run.stop'
  | 'run.setLive'
  | 'run.rewind'
  | 'run.export'
  | 'run.report'
  | 'run.steps'
  | 'run.diagnose'
  | 'run.rows'
  | 'run.history'
  | 'run.filters'

interface Run {
  readonly path: string | null
  readonly project: Project
  readonly runFolder: string
  /** Whether the trainer's process ended under it. */
  readonly crashed: boolean
}

/** Two documents that train the same way, wherever their nodes are drawn. */
const trainsAlike = (a: Project, b: Project): boolean => {
  const essence = ({ graph, data, training, weights }: Project) => {
    const network = JSON.stringify(graph, (key, value: unknown) => (key === 'position' ? undefined : value))
    return JSON.stringify([network, data, training, weights])
  }
  return essence(a) === essence(b)
}

/** `exported` gathers the models written, which pages may fetch. */
export function createRunHandlers(platform: Platform, exported: Set<string>): Pick<Handlers, RunRoute> {
  const { dialogs, home, reach, trainer } = platform
  let last: Run | null = null
  /** What the run has told so far, for pages that come later. */
  const told = new Told()
  const relay = new Relay((messages) => platform.send({ event: 'run', messages }))

  trainer.onRun((message) => {
    if (last && message.type === 'failed' && message.error.code === 'crashed') last = { ...last, crashed: true }
    told.add(message)
    relay.add(message)
  })

  const choosePlace = async (project: Project): Promise<string | null> => {
    const name = `${slug(project.name)}.onnx`
    if (dialogs) return dialogs.saveModel(name)
    const path = join(platform.folder, name)
    // The model of an earlier export makes room for the new one; anything else of that name does not.
    return exported.has(path) ? path : freePath(path)
  }

  return {
    'run.start': async ({ path, project }) => {
      const folder = await folderOf(platform, path)
      await checkReach(platform, folder, project.data.source, project.weights)
      // After a crash, the same project goes on where its checkpoint is.
      const resume = last !== null && last.crashed && trainsAlike(last.project, project)
      const runFolder = last && resume ? last.runFolder : await createRunFolder(home, project.name)
      const info = await trainer.call('run.start', { folder, project, runFolder, resume })
      last = { path, project, runFolder, crashed: false }
      return info
    },
    'run.latest': () => {
      // What waits is in this answer; sent later it would be told twice.
      relay.flush()
      return Promise.resolve(last && { path: last.path, project: last.project, messages: told.messages })
    },
    'run.pause': () => trainer.call('run.pause', null),
    'run.resume': () => trainer.call('run.resume', null),
    'run.stop': () => trainer.call('run.stop', null),
    'run.setLive': (setting) => trainer.call('run.setLive', setting),
    'run.rewind': (to) => trainer.call('run.rewind', to),

    'run.report': () => trainer.call('run.report', null),
    'run.steps': (range) => trainer.call('run.steps', range),
    'run.diagnose': (choice) => trainer.call('run.diagnose', choice),
    'run.rows': (choice) => trainer.call('run.rows', choice),
    'run.history': () => trainer.call('run.history', null),
    'run.filters': () => trainer.call('run.filters', null),

    'run.export': async ({ path, ...choices }) => {
      if (!last) throw new CallError('missing', 'There is no trained model yet; train one, then export it.')
      const chosen = path === null ? await choosePlace(last.project) : await reach.resolve(path)
      if (chosen === null) return null
      checkExtension(chosen, '.onnx')
      const result = await trainer.call('run.export', { path: chosen, ...choices })
      exported.add(chosen)
      return { ...result, path: reach.show(chosen) }
    },
  }
}
