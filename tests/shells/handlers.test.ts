import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createHandlers } from '#main/handlers/index.ts'
import { readProject, writeProject } from '#main/files/project.ts'
import { CallError } from '#shared/result.ts'
import type { RunMessage } from '#shared/run.ts'
import { temporaryFolder } from './folders.ts'
import { modelWithNumbersIn } from './models.ts'
import { project } from './project.ts'
import { createStandInShell, exported } from './stand-ins.ts'

async function start(options: { withDialogs?: boolean } = {}) {
  const shell = await createStandInShell(options)
  return { ...shell, handlers: createHandlers(shell.platform) }
}

const withSource = (source: string | null) => ({ ...project, data: { ...project.data, source } })

test('the app says what it is and what it runs on', async () => {
  const { handlers, folder } = await start()
  const info = await handlers['app.info'](null)
  expect(info).toMatchObject({ shell: 'browser', folder })
  expect(info.version).toMatch(/^\d+\.\d+\.\d+$/)
  expect(info.device).toMatch(/^CPU, \d+ threads?, onnxruntime \d+\.\d+\.\d+$/)
})

test('every sample of the list can be opened', async () => {
  const { handlers } = await start()
  for (const { id, title } of await handlers['samples.list'](null)) {
    expect(await handlers['samples.open']({ id })).toMatchObject({ path: null, project: { name: title } })
  }
})

describe('saving', () => {
  test('a new project in a shell without dialogs names the file after it and never replaces another', async () => {
    const { handlers, folder } = await start()
    expect(await handlers['project.save']({ path: null, project })).toMatchObject({ path: 'iris-a-test.espalier' })
    expect(await handlers['project.save']({ path: null, project })).toMatchObject({ path: 'iris-a-test-2.espalier' })
    expect(await readProject(join(folder, 'iris-a-test.espalier'))).toEqual(project)
  })

  test('a project that has a file replaces that file, and opening gives it back', async () => {
    const { handlers } = await start()
    await handlers['project.save']({ path: 'a.espalier', project })
    const changed = { ...project, name: 'Changed' }
    await handlers['project.save']({ path: 'a.espalier', project: changed })
    expect(await handlers['project.open']({ path: 'a.espalier' })).toEqual({ path: 'a.espalier', project: changed })
    expect(await handlers['project.recent'](null)).toEqual([{ path: 'a.espalier', name: 'a' }])
  })

  test('only ever writes project files, and only within reach', async () => {
    const { handlers, folder } = await start()
    await expect(handlers['project.save']({ path: '.bashrc', project })).rejects.toThrow('.espalier')
    await expect(handlers['project.save']({ path: '../a.espalier', project })).rejects.toThrow('is outside')
    expect(await readdir(folder)).toEqual([])
  })

  test('with dialogs asks where, and does nothing when the person thinks better of it', async () => {
    const { handlers, dialogs, folder } = await start({ withDialogs: true })
    expect(await handlers['project.save']({ path: null, project })).toBeNull()
    expect(dialogs.saveProject).toHaveBeenCalledWith('iris-a-test.espalier')
    dialogs.saveProject.mockResolvedValueOnce(join(folder, 'b.espalier'))
    expect(await handlers['project.save']({ path: null, project })).toMatchObject({ path: join(folder, 'b.espalier') })
  })

  test('names data beside the project from there, other data absolutely, and samples as they are', async () => {
    const { handlers, folder } = await start({ withDialogs: true })
    const path = join(folder, 'p.espalier')
    const storedSource = async (source: string) => {
      const saved = await handlers['project.save']({ path, project: withSource(source) })
      const stored = await readProject(path)
      expect(await handlers['project.open']({ path })).toEqual({ path, project: saved?.project })
      return [stored.data.source, saved?.project.data.source]
    }
    const beside = join(folder, 'data', 'a.csv')
    expect(await storedSource(beside)).toEqual(['data/a.csv', beside])
    expect(await storedSource('data/a.csv')).toEqual(['data/a.csv', beside])
    expect(await storedSource('/elsewhere/a.csv')).toEqual(['/elsewhere/a.csv', '/elsewhere/a.csv'])
    expect(await storedSource('sample:iris.csv')).toEqual(['sample:iris.csv', 'sample:iris.csv'])
  })

  test('elsewhere keeps the data and takes the weights along, and never replaces a file with them', async () => {
    const { handlers, dialogs, folder } = await start({ withDialogs: true })
    const target = await temporaryFolder()
    await writeFile(join(folder, 'w.onnx'), 'weights')
    await writeFile(join(target, 'w.onnx'), 'of another project')
    await writeProject(join(folder, 'p.espalier'), { ...withSource('a.csv'), weights: 'w.onnx' })
    const opened = await handlers['project.open']({ path: join(folder, 'p.espalier') })
    dialogs.saveProject.mockResolvedValueOnce(join(target, 'q.espalier'))
    const saved = await handlers['project.save']({ path: null, project: opened?.project ?? project })
    expect(await readProject(join(target, 'q.espalier'))).toMatchObject({
      data: { source: join(folder, 'a.csv') },
      weights: 'w-2.onnx',
    })
    expect(saved?.project.weights).toBe(join(target, 'w-2.onnx'))
    expect(await readFile(join(target, 'w-2.onnx'), 'utf8')).toBe('weights')
    expect(await readFile(join(target, 'w.onnx'), 'utf8')).toBe('of another project')
    await handlers['project.save']({ path: join(target, 'q.espalier'), project: saved?.project ?? project })
    expect((await readdir(target)).sort()).toEqual(['q.espalier', 'w-2.onnx', 'w.onnx'])
  })

  test('refuses weights that are out of reach, no model, or gone', async () => {
    const { handlers, folder } = await start()
    const save = (weights: string) =>
      handlers['project.save']({ path: 'sub/p.espalier', project: { ...project, weights } })
    await expect(save('/etc/passwd')).rejects.toThrow('.onnx')
    await expect(save('/etc/w.onnx')).rejects.toThrow('is outside')
    await expect(save(join(folder, 'gone.onnx'))).rejects.toThrow('There is no file')
    expect(await readdir(folder)).toEqual([])
  })
})

describe('opening', () => {
  test('without dialogs and without a path gives nothing', async () => {
    const { handlers } = await start()
    expect(await handlers['project.open']({ path: null })).toBeNull()
  })

  test('with dialogs opens what was chosen and puts it on the list', async () => {
    const { handlers, dialogs, folder } = await start({ withDialogs: true })
    const path = join(folder, 'c.espalier')
    await writeProject(path, project)
    dialogs.openProject.mockResolvedValueOnce(path)
    expect(await handlers['project.open']({ path: null })).toEqual({ path, project })
    expect(await handlers['project.recent'](null)).toEqual([{ path, name: 'c' }])
  })

  test('refuses what is out of reach', async () => {
    const { handlers } = await start()
    await expect(handlers['project.open']({ path: '/etc/passwd' })).rejects.toThrow('is outside')
  })

  test('leaves projects that are gone or out of reach off the list', async () => {
    const { handlers, platform } = await start()
    await writeFile(
      join(platform.home, 'recent.json'),
      JSON.stringify([join(platform.folder, 'gone.espalier'), '/elsewhere/x.espalier']),
    )
    expect(await handlers['project.recent'](null)).toEqual([])
  })
})

describe('a model of another program', () => {
  const keras = join(import.meta.dirname, '../fixtures/keras/functional_add_concatenate/initial.keras')

  test('opens as a project without a file, whose weights lie in reach until it is saved and takes them along', async () => {
    const { handlers, folder } = await start()
    await mkdir(join(folder, 'models'))
    await copyFile(keras, join(folder, 'models', 'Net.keras'))
    const opened = await handlers['project.open']({ path: 'models/Net.keras' })
    expect(opened).toMatchObject({ path: null, project: { name: 'Net', weights: join(folder, 'net.weights.onnx') } })
    await handlers['run.start']({ path: null, project: opened?.project ?? project })
    await handlers['project.save']({ path: 'models/net.espalier', project: opened?.project ?? project })
    expect(await readProject(join(folder, 'models', 'net.espalier'))).toMatchObject({ weights: 'net.weights.onnx' })
    expect((await readdir(join(folder, 'models'))).sort()).toEqual(['Net.keras', 'net.espalier', 'net.weights.onnx'])
    expect(await handlers['project.recent'](null)).toEqual([{ path: 'models/net.espalier', name: 'net' }])
  })

  test('handed over by content never replaces a file and cannot choose the place of one', async () => {
    const { handlers, folder } = await start()
    const base64 = (await readFile(keras)).toString('base64')
    await writeFile(join(folder, 'net.weights.onnx'), 'of someone else')
    const { project: imported } = await handlers['project.import']({ name: '../../Net.keras', base64 })
    expect(imported).toMatchObject({ name: 'Net', weights: join(folder, 'net.weights-2.onnx') })
    expect(await readFile(join(folder, 'net.weights.onnx'), 'utf8')).toBe('of someone else')
    expect(imported.graph.nodes.length).toBeGreaterThan(3)
  })

  test('is chosen with a dialog where there is one', async () => {
    const { handlers, dialogs } = await start({ withDialogs: true })
    dialogs.openProject.mockResolvedValueOnce(keras)
    expect(await handlers['project.open']({ path: null })).toMatchObject({ path: null, project: { name: 'initial' } })
  })

  test('that is out of reach, gone, damaged or of no known kind is refused, and nothing is written', async () => {
    const { handlers, folder } = await start()
    await expect(handlers['project.open']({ path: keras })).rejects.toThrow('is outside')
    await expect(handlers['project.open']({ path: 'gone.keras' })).rejects.toThrow('There is no file')
    const damaged = (name: string) =>
      handlers['project.import']({ name, base64: Buffer.from('no model').toString('base64') })
    await expect(damaged('a.keras')).rejects.toThrow('a.keras')
    await expect(damaged('a.onnx')).rejects.toThrow('a.onnx')
    await expect(damaged('a.h5')).rejects.toThrow('.keras or .onnx')
    expect(await readdir(folder)).toEqual([])
  })

  test('takes its numbers from files beside it, and through no link and from no other folder', async () => {
    const { handlers, folder } = await start()
    const outside = await temporaryFolder()
    await writeFile(join(outside, 'secret.bin'), new Uint8Array(8))
    await symlink(join(outside, 'secret.bin'), join(folder, 'link.bin'))
    await writeFile(join(folder, 'beside.bin'), new Uint8Array(8))
    for (const location of ['link.bin', '../secret.bin', join(outside, 'secret.bin'), '.', 'a\0b']) {
      await writeFile(join(folder, 'm.onnx'), modelWithNumbersIn(location))
      await expect(handlers['project.open']({ path: 'm.onnx' })).rejects.toThrow('is not beside the model')
    }
    await writeFile(join(folder, 'm.onnx'), modelWithNumbersIn('beside.bin'))
    await expect(handlers['project.open']({ path: 'm.onnx' })).rejects.not.toThrow('is not beside the model')
  })
})

describe('data', () => {
  test('handed over by content becomes a file in the folder, once', async () => {
    const { handlers, folder } = await start()
    const first = await handlers['data.upload']({ name: 'My data.csv', text: 'a\n1\n' })
    expect(first).toEqual({ source: join(folder, 'My data.csv') })
    expect(await handlers['data.upload']({ name: 'My data.csv', text: 'a\n1\n' })).toEqual(first)
    const other = await handlers['data.upload']({ name: 'My data.csv', text: 'a\n2\n' })
    expect(other).toEqual({ source: join(folder, 'My data-2.csv') })
    expect(await readFile(first.source, 'utf8')).toBe('a\n1\n')
  })

  test.each([
    ['../../evil.csv', 'evil.csv'],
    ['..\\evil.csv', 'evil.csv'],
    ['.bashrc', 'bashrc.csv'],
    ['run.sh', 'run.csv'],
    ['a:b|c.tsv', 'a-b-c.tsv'],
    ['', 'data.csv'],
  ])('named %j is kept as %s', async (name, kept) => {
    const { handlers, folder } = await start()
    expect(await handlers['data.upload']({ name, text: 'a\n' })).toEqual({ source: join(folder, kept) })
    expect(await readdir(folder)).toEqual([kept])
  })

  test('is looked at from the folder of its project', async () => {
    const { handlers, folder, trainer } = await start()
    await mkdir(join(folder, 'sub'))
    const question = {
      data: { ...project.data, source: 'a.csv' },
      seed: 1,
      terminals: { inputs: [], outputs: [], indices: [] },
    }
    await handlers['data.describe']({ ...question, path: 'sub/p.espalier' })
    expect(trainer.answers['data.describe']).toHaveBeenCalledWith({ ...question, folder: join(folder, 'sub') })
    await handlers['data.describe']({ ...question, path: null })
    expect(trainer.answers['data.describe']).toHaveBeenLastCalledWith({ ...question, folder })
  })

  test('out of reach is never looked at or trained on', async () => {
    const { handlers, folder, trainer } = await start()
    const outside = await temporaryFolder()
    await writeFile(join(outside, 'secret.csv'), 'a\n')
    await symlink(join(outside, 'secret.csv'), join(folder, 'link.csv'))
    for (const source of ['../secret.csv', join(outside, 'secret.csv'), 'link.csv']) {
      const data = { ...project.data, source }
      await expect(
        handlers['data.describe']({ path: null, data, seed: 1, terminals: { inputs: [], outputs: [], indices: [] } }),
      ).rejects.toThrow('is outside')
      await expect(handlers['run.start']({ path: null, project: { ...project, data } })).rejects.toThrow('is outside')
    }
    const weights = { ...project, weights: '../w.onnx' }
    await expect(handlers['run.start']({ path: null, project: weights })).rejects.toThrow('is outside')
    expect(trainer.answers['data.describe']).not.toHaveBeenCalled()
    expect(trainer.answers['run.start']).not.toHaveBeenCalled()
  })

  test('is chosen with a dialog where there is one', async () => {
    const { handlers, dialogs } = await start({ withDialogs: true })
    dialogs.openData.mockResolvedValueOnce('/tables/a.csv')
    expect(await handlers['data.choose'](null)).toEqual({ source: '/tables/a.csv' })
    const { handlers: without } = await start()
    expect(await without['data.choose'](null)).toBeNull()
  })
})

describe('a run', () => {
  const crash: RunMessage = {
    type: 'failed',
    error: { code: 'crashed', message: 'The trainer ended.', issues: [] },
  }

  test('gets a folder of its own, and its messages become events', async () => {
    const { handlers, home, folder, trainer, events } = await start()
    await handlers['run.start']({ path: null, project })
    const [started] = trainer.answers['run.start'].mock.lastCall ?? []
    expect(started).toMatchObject({ folder, project, resume: false })
    expect(started?.runFolder.startsWith(join(home, 'runs'))).toBe(true)
    trainer.say({ type: 'resumed' })
    expect(events).toEqual([{ event: 'run', messages: [{ type: 'resumed' }] }])
  })

  test('is told again to a page that comes later, with the latest progress alone', async () => {
    const { handlers, trainer } = await start()
    expect(await handlers['run.latest'](null)).toBeNull()
    await handlers['run.start']({ path: null, project })
    const progress = (step: number): RunMessage => ({
      type: 'progress',
      epoch: 1,
      step,
      iteration: step,
      stepsPerSecond: 9,
      secondsLeft: null,
      loss: 1,
      data: 1,
    })
    trainer.say(progress(1))
    trainer.say(progress(2))
    trainer.say({ type: 'paused', epoch: 1, step: 2 })
    trainer.say(progress(3))
    expect(await handlers['run.latest'](null)).toEqual({
      path: null,
      project,
      messages: [{ type: 'paused', epoch: 1, step: 2 }, progress(3)],
    })
  })

  test('is told to no page twice, when one comes while numbers wait to be sent', async () => {
    const { handlers, trainer, events } = await start()
    await handlers['run.start']({ path: null, project })
    const epoch: RunMessage = {
      type: 'epoch',
      epoch: 1,
      train: {},
      validation: null,
      trainInference: null,
      penalties: {},
      live: {},
      learningRate: 0.1,
      seconds: 1,
      best: null,
      weights: [],
    }
    trainer.say(epoch)
    expect(await handlers['run.latest'](null)).toMatchObject({ messages: [epoch] })
    expect(events).toEqual([{ event: 'run', messages: [epoch] }])
    trainer.say({ type: 'resumed' })
    expect(events[1]).toEqual({ event: 'run', messages: [{ type: 'resumed' }] })
  })

  test('goes on from its checkpoint after a crash, when it still is the same project', async () => {
    const { handlers, trainer } = await start()
    const asked = () => trainer.answers['run.start'].mock.lastCall?.[0]
    await handlers['run.start']({ path: null, project })
    const first = asked()
    trainer.say(crash)
    const moved = {
      ...project,
      graph: { ...project.graph, nodes: project.graph.nodes.map((node) => ({ ...node, position: { x: 9, y: 9 } })) },
    }
    await handlers['run.start']({ path: null, project: moved })
    expect(asked()).toMatchObject({ runFolder: first?.runFolder, resume: true })
    trainer.say(crash)
    await handlers['run.start']({ path: null, project: { ...project, training: { ...project.training, seed: 2 } } })
    expect(asked()?.resume).toBe(false)
    expect(asked()?.runFolder).not.toBe(first?.runFolder)
  })

  test('begins anew when it failed for another reason, or not at all', async () => {
    const { handlers, trainer } = await start()
    await handlers['run.start']({ path: null, project })
    trainer.say({ type: 'failed', error: { code: 'internal', message: 'x', issues: [] } })
    await handlers['run.start']({ path: null, project })
    expect(trainer.answers['run.start'].mock.lastCall?.[0].resume).toBe(false)
  })

  test('is paused, resumed, stopped and changed by the trainer', async () => {
    const { handlers, trainer } = await start()
    await handlers['run.pause'](null)
    await handlers['run.resume'](null)
    await handlers['run.stop'](null)
    await handlers['run.setLive']({ name: 'dense1/kernel/l1.strength', value: 0.1 })
    for (const command of ['run.pause', 'run.resume', 'run.stop'] as const) {
      expect(trainer.answers[command]).toHaveBeenCalledOnce()
    }
    expect(trainer.answers['run.setLive']).toHaveBeenCalledWith({ name: 'dense1/kernel/l1.strength', value: 0.1 })
  })
})

describe('an exported model', () => {
  test('is named after the project, replaces its own predecessor and nothing else, and can be fetched', async () => {
    const { handlers, folder, trainer } = await start()
    await writeFile(join(folder, 'iris-a-test.onnx'), 'of someone else')
    trainer.answers['run.export'].mockImplementation(async ({ path, opset }) => {
      await writeFile(path, 'model')
      return exported(path, opset)
    })
    await handlers['run.start']({ path: null, project })
    expect(await handlers['run.export']({ path: null, opset: 15 })).toMatchObject({ path: 'iris-a-test-2.onnx' })
    expect(await readFile(join(folder, 'iris-a-test.onnx'), 'utf8')).toBe('of someone else')
    const { base64 } = await handlers['files.read']({ path: 'iris-a-test-2.onnx' })
    expect(Buffer.from(base64, 'base64').toString()).toBe('model')
  })

  test('is the only kind of file that is handed out', async () => {
    const { handlers, folder } = await start()
    await writeFile(join(folder, 'other.onnx'), 'model')
    await expect(handlers['files.read']({ path: 'other.onnx' })).rejects.toThrow('was not exported in this session')
    await expect(handlers['files.read']({ path: '/etc/passwd' })).rejects.toThrow('is outside')
  })

  test('needs a run before it, an .onnx name, and a place within reach', async () => {
    const { handlers, trainer } = await start()
    await expect(handlers['run.export']({ path: null, opset: 15 })).rejects.toThrow('There is no trained model yet')
    await handlers['run.start']({ path: null, project })
    await expect(handlers['run.export']({ path: 'a.csv', opset: 15 })).rejects.toThrow('.onnx')
    await expect(handlers['run.export']({ path: '../a.onnx', opset: 15 })).rejects.toThrow('is outside')
    expect(trainer.answers['run.export']).not.toHaveBeenCalled()
  })

  test('that fails its proof is not handed out', async () => {
    const { handlers, folder, trainer } = await start()
    await handlers['run.start']({ path: null, project })
    trainer.answers['run.export'].mockRejectedValueOnce(new CallError('parity', 'Rows 3 and 7 differ.'))
    await writeFile(join(folder, 'a.onnx'), 'old')
    await expect(handlers['run.export']({ path: 'a.onnx', opset: 15 })).rejects.toThrow('Rows 3 and 7 differ.')
    await expect(handlers['files.read']({ path: 'a.onnx' })).rejects.toThrow('was not exported')
  })
})

test('files within reach are listed where there are no dialogs, relative to the folder', async () => {
  const { handlers, folder } = await start()
  await writeFile(join(folder, 'a.csv'), '')
  expect(await handlers['files.list'](null)).toEqual([{ path: 'a.csv', kind: 'data' }])
  const { handlers: desktop } = await start({ withDialogs: true })
  expect(await desktop['files.list'](null)).toEqual([])
})
