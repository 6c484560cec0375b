import * as fs from 'node:fs/promises'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { checkProject } from '#engine/project/check.ts'
import { writeFileAtomic } from '#main/files/atomic.ts'
import { freePath } from '#main/files/free.ts'
import { homeFolder } from '#main/files/home.ts'
import { installation } from '#main/files/installation.ts'
import { parseJson } from '#main/files/json.ts'
import { listFiles } from '#main/files/listing.ts'
import { slug } from '#main/files/names.ts'
import { readPageFile } from '#main/files/page.ts'
import { parseProject, readProject, writeProject } from '#main/files/project.ts'
import { reachEverywhere, reachWithin } from '#main/files/reach.ts'
import { noteRecent, readRecent } from '#main/files/recent.ts'
import { createRunFolder } from '#main/files/runs.ts'
import { listSamples, openSample } from '#main/files/samples.ts'
import { temporaryFolder } from './folders.ts'
import { project } from './project.ts'

/** The module as it is, with `rename` and `open` replaceable: where a crash can be put. */
vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof fs>()
  return { ...actual, rename: vi.fn(actual.rename), open: vi.fn(actual.open) }
})

describe('atomic writes', () => {
  test('replace a file and leave nothing else behind', async () => {
    const folder = await temporaryFolder()
    await writeFileAtomic(join(folder, 'deep', 'file'), 'old')
    await writeFileAtomic(join(folder, 'deep', 'file'), new Uint8Array([110, 101, 119]))
    expect(await readFile(join(folder, 'deep', 'file'), 'utf8')).toBe('new')
    expect(await readdir(join(folder, 'deep'))).toEqual(['file'])
  })

  test('keep the old file whole when they end before the rename', async () => {
    const folder = await temporaryFolder()
    await writeFileAtomic(join(folder, 'file'), 'old')
    vi.mocked(fs.rename).mockRejectedValueOnce(new Error('the power went'))
    await expect(writeFileAtomic(join(folder, 'file'), 'new')).rejects.toThrow('the power went')
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['file'])
  })

  test('keep the old file whole when the disk is full', async () => {
    const folder = await temporaryFolder()
    await writeFileAtomic(join(folder, 'file'), 'old')
    const { open } = await vi.importActual<typeof fs>('node:fs/promises')
    vi.mocked(fs.open).mockImplementationOnce(async (...args) => {
      const file = await open(...args)
      vi.spyOn(file, 'writeFile').mockRejectedValueOnce(new Error('ENOSPC'))
      return file
    })
    await expect(writeFileAtomic(join(folder, 'file'), 'new')).rejects.toThrow('ENOSPC')
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('old')
    expect(await readdir(folder)).toEqual(['file'])
  })

  test('have the whole content flushed to the disk before the file gets its name', async () => {
    const folder = await temporaryFolder()
    const { open, rename } = await vi.importActual<typeof fs>('node:fs/promises')
    const steps: string[] = []
    vi.mocked(fs.open).mockImplementationOnce(async (...args) => {
      const file = await open(...args)
      const sync = file.sync.bind(file)
      vi.spyOn(file, 'sync').mockImplementation(() => sync().then(() => void steps.push('flushed')))
      return file
    })
    vi.mocked(fs.rename).mockImplementationOnce(async (from, to) => {
      steps.push(await readFile(from, 'utf8'))
      await rename(from, to)
    })
    await writeFileAtomic(join(folder, 'file'), 'all of it')
    expect(steps).toEqual(['flushed', 'all of it'])
  })
})

describe('broken JSON', () => {
  test.each([
    ['{"a": 1,\n "b": }', 'line 2, column 7: expected a value, not "}"'],
    ['{"a": 1\n "b": 2}', 'line 2, column 2: expected "," or "}", not "\\""'],
    ['[1, 2', 'line 1, column 6: expected "," or "]", but the file ends'],
    ['{a: 1}', 'line 1, column 2: expected a name in double quotes, not "a"'],
    ['{"a" 1}', 'line 1, column 6: expected ":", not "1"'],
    ['[1,]', 'line 1, column 4: expected a value, not "]"'],
    ['{"a": "x\ny"}', 'line 1, column 7: expected a value, not "\\""'],
    ['[01]', 'line 1, column 3: expected "," or "]", not "1"'],
    ['{} x', 'line 1, column 4: expected the end of the file, not "x"'],
    ['', 'line 1, column 1: expected a value, but the file ends'],
  ])('%j is told by its place', (text, place) => {
    expect(() => parseJson(text, 'p.espalier')).toThrow(`p.espalier, ${place}.`)
  })

  test('is the only JSON that is refused', () => {
    const text = ' {"a": [1, -2.5e-3, true, null, "\\u00e9\\n"], "b": {}} \n'
    expect(parseJson(text, 'x')).toEqual({ a: [1, -0.0025, true, null, 'é\n'], b: {} })
  })
})

describe('project files', () => {
  test('come back as they were saved', async () => {
    const path = join(await temporaryFolder(), 'iris.espalier')
    await writeProject(path, project)
    expect(await readProject(path)).toEqual(project)
  })

  test.each([
    ['another kind of file', '{"cells": []}', 'x is not an Espalier project; open a file saved by Espalier.'],
    ['a list', '[]', 'x is not an Espalier project; open a file saved by Espalier.'],
    [
      'a newer format',
      '{"format": "espalier", "version": 2}',
      'x was saved by a newer Espalier (format 2, this one reads up to 1); update Espalier to open it.',
    ],
    [
      'a wrong field',
      JSON.stringify({ ...project, training: { ...project.training, epochs: 0 } }),
      'x is damaged at training/epochs:',
    ],
    ['an unknown field', JSON.stringify({ ...project, extra: 1 }), 'x is damaged at extra:'],
  ])('say in one sentence what is wrong: %s', (_what, text, sentence) => {
    expect(() => parseProject(text, 'x')).toThrow(sentence)
  })

  test('that are not there are named', async () => {
    const path = join(await temporaryFolder(), 'none.espalier')
    await expect(readProject(path)).rejects.toThrow(`There is no file ${path}.`)
  })
})

describe('samples', () => {
  test('begin with the one for a first start and name their data', async () => {
    const samples = await listSamples(installation.resources)
    const files = (await readdir(join(installation.resources, 'samples'))).filter((name) => name.endsWith('.espalier'))
    expect(samples.map(({ id }) => `${id}.espalier`).sort()).toEqual(files.sort())
    expect(samples[0]?.title).toBe('Breast cancer: exact zeros')
    for (const { id } of samples) {
      const { source } = (await openSample(installation.resources, id)).data
      expect(await readdir(join(installation.resources, 'data'))).toContain(source?.replace('sample:', ''))
    }
  })

  test('have nothing wrong with them', async () => {
    for (const { id } of await listSamples(installation.resources)) {
      expect(checkProject(await openSample(installation.resources, id)), id).toEqual([])
    }
  })

  test('are found by their id only', async () => {
    await expect(openSample(installation.resources, '../../package')).rejects.toThrow('There is no sample named')
  })
})

describe('the list of recent projects', () => {
  test('has the newest first, each once, and ten at most', async () => {
    const home = await temporaryFolder()
    for (const number of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 3]) await noteRecent(home, `/p${number}`)
    const recent = await readRecent(home)
    expect(recent.slice(0, 3)).toEqual(['/p3', '/p11', '/p10'])
    expect(recent).toHaveLength(10)
  })

  test.each(['{', '{"a": 1}', '[1]'])('counts as empty when it is damaged: %s', async (text) => {
    const home = await temporaryFolder()
    await writeFile(join(home, 'recent.json'), text)
    expect(await readRecent(home)).toEqual([])
  })
})

describe('run folders', () => {
  test('are new, named after the project, and the oldest make room', async () => {
    const home = await temporaryFolder()
    for (let number = 10; number < 35; number += 1)
      await mkdir(join(home, 'runs', `2001-${number}`), { recursive: true })
    const folder = await createRunFolder(home, 'Iris: a test')
    expect(folder).toMatch(/-iris-a-test$/)
    const left = await readdir(join(home, 'runs'))
    expect(left).toHaveLength(20)
    expect(left).not.toContain('2001-15')
    expect(left).toContain('2001-16')
  })

  test('are in the folder that ESPALIER_HOME names', () => {
    vi.stubEnv('ESPALIER_HOME', '/somewhere/else')
    expect(homeFolder()).toBe('/somewhere/else')
    vi.unstubAllEnvs()
  })
})

test('names become file names that every system takes', () => {
  expect(slug('Breast cancer: L1 (½)')).toBe('breast-cancer-l1-1-2')
  expect(slug('../../etc/passwd')).toBe('etc-passwd')
  expect(slug('日本')).toBe('project')
})

test('a name that is taken gets a number', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'a.csv'), '')
  await writeFile(join(folder, 'a-2.csv'), '')
  expect(await freePath(join(folder, 'a.csv'))).toBe(join(folder, 'a-3.csv'))
  expect(await freePath(join(folder, 'b.csv'))).toBe(join(folder, 'b.csv'))
})

test('a listing shows projects, data and models, and no hidden folders, packages or links', async () => {
  const folder = await temporaryFolder()
  const outside = await temporaryFolder()
  await writeFile(join(outside, 'secret.csv'), '')
  for (const name of ['sub', '.git', 'node_modules']) await mkdir(join(folder, name))
  for (const name of ['a.espalier', 'b.CSV', 'sub/c.onnx', 'notes.txt', '.git/d.csv', 'node_modules/e.csv', '.f.csv']) {
    await writeFile(join(folder, name), '')
  }
  await symlink(join(outside, 'secret.csv'), join(folder, 'link.csv'))
  expect(await listFiles(folder)).toEqual([
    { path: join(folder, 'a.espalier'), kind: 'project' },
    { path: join(folder, 'b.CSV'), kind: 'data' },
    { path: join(folder, 'sub/c.onnx'), kind: 'model' },
  ])
})

describe('reach within a folder', () => {
  test('takes paths inside it, there or not, and shows them relative to it', async () => {
    const folder = await temporaryFolder()
    const reach = await reachWithin(folder)
    expect(await reach.resolve('new/deep/file.csv')).toBe(join(folder, 'new/deep/file.csv'))
    expect(await reach.resolve(join(folder, 'a.csv'))).toBe(join(folder, 'a.csv'))
    expect(await reach.resolve('b.csv', join(folder, 'new'))).toBe(join(folder, 'new/b.csv'))
    expect(reach.show(join(folder, 'new', 'a.csv'))).toBe('new/a.csv')
  })

  test.each(['../other.csv', 'a/../../other.csv', '/etc/passwd', '..', 'a\0b'])('refuses %j', async (path) => {
    const reach = await reachWithin(await temporaryFolder())
    await expect(reach.resolve(path)).rejects.toMatchObject({ failure: { code: 'invalid' } })
  })

  test('refuses what a link leads to outside: a file, a folder, and a file yet to be written there', async () => {
    const folder = await temporaryFolder()
    const outside = await temporaryFolder()
    await writeFile(join(outside, 'secret.csv'), 'a')
    await symlink(join(outside, 'secret.csv'), join(folder, 'file.csv'))
    await symlink(outside, join(folder, 'folder'))
    await symlink(join(outside, 'not-yet.csv'), join(folder, 'dangling.csv'))
    const reach = await reachWithin(folder)
    for (const path of ['file.csv', 'folder/secret.csv', 'folder/new/file.csv', 'dangling.csv']) {
      await expect(reach.resolve(path), path).rejects.toThrow('is outside')
    }
  })

  test('does not take a neighbour whose name begins alike', async () => {
    const folder = await temporaryFolder()
    await mkdir(`${folder}-other`)
    const reach = await reachWithin(folder)
    await expect(reach.resolve(`${folder}-other/a.csv`)).rejects.toThrow('is outside')
    await rm(`${folder}-other`, { recursive: true })
  })
})

test('a desktop app reaches every file, relative ones from its folder', async () => {
  const reach = reachEverywhere('/documents')
  expect(await reach.resolve('a.csv')).toBe('/documents/a.csv')
  expect(await reach.resolve('a.csv', '/elsewhere')).toBe('/elsewhere/a.csv')
  expect(await reach.resolve('/tmp/a.csv')).toBe('/tmp/a.csv')
})

describe('page files', () => {
  test('are served from their folder with their type', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'index.html'), '<p>')
    expect(await readPageFile(folder, '/')).toMatchObject({ type: 'text/html; charset=utf-8' })
    expect(await readPageFile(folder, '/none.js')).toBeNull()
  })

  test.each(['/../secret.js', '/%2e%2e/secret.js', '/..%2fsecret.js', '/%', '/a%00.js', '/file.exe'])(
    'are never anything else: %s',
    async (pathname) => {
      const folder = await temporaryFolder()
      await mkdir(join(folder, 'pages'))
      await writeFile(join(folder, 'secret.js'), 'secret')
      await writeFile(join(folder, 'pages', 'file.exe'), 'x')
      expect(await readPageFile(join(folder, 'pages'), pathname)).toBeNull()
    },
  )
})
