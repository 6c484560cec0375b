import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decodeModel } from '#engine/onnx/decode.ts'
import type { Project } from '#engine/project/project.ts'
import { readProject } from '#main/files/project.ts'
import { openCommandLine, type CommandLine } from '../support/commandLine.ts'
import { edited, fixture } from '../support/kerasArchive.ts'
import { chain, setting } from '../support/projects.ts'

let espalier: CommandLine
beforeEach(() => {
  espalier = openCommandLine()
})
afterEach(() => espalier.remove())

const write = (name: string, content: string | Uint8Array) => writeFileSync(join(espalier.folder, name), content)
const read = (name: string) => readFileSync(join(espalier.folder, name))

describe('espalier check', () => {
  const project = chain([setting('dense', { units: 4, activation: 'softmax' }), setting('dropout', { rate: 3 })], {})
  const broken = { ...project, data: { ...project.data, source: 'data.csv' } }
  const save = (name: string, document: Project) => write(name, JSON.stringify(document))
  beforeEach(() =>
    write('data.csv', ['a,b,y', ...Array.from({ length: 30 }, (_, row) => `${row % 7},1,c${row % 3}`)].join('\n')),
  )

  test('tells errors and warnings with their mends, a line each', async () => {
    save('p.espalier', broken)
    expect(await espalier.run(['check', 'p.espalier'])).toEqual({
      code: 2,
      stderr: '',
      stdout: [
        'Warning: Column "b": the same value in every training row, which tells nothing; ignore it.',
        '  Mend: Ignore "b"',
        'Error: dropout2: Rate is 3; give a number from 0 to 0.999.',
        '  Mend: Set rate to 0.5, its default',
        'p.espalier: 1 error, 1 warning.',
        '',
      ].join('\n'),
    })
  })

  test('mends what it knows to mend, and leaves warnings to the person', async () => {
    save('p.espalier', broken)
    const { code, stdout } = await espalier.run(['check', 'p.espalier', '--mend'])
    expect([code, stdout.split('\n').filter((line) => line.startsWith('Mended'))]).toEqual([
      0,
      [
        'Mended: dropout2: Rate is 3; give a number from 0 to 0.999. (Set rate to 0.5, its default)',
        expect.stringContaining('(Set units of dense1 to 3)'),
      ],
    ])
    const { graph, data } = await readProject(join(espalier.folder, 'p.espalier'))
    expect(graph.nodes.map(({ params }) => params)).toEqual([{}, { units: 3, activation: 'softmax' }, {}])
    expect(data.columns).toEqual({})
  })

  test('says what is amiss with a sample, and never changes one', async () => {
    expect(await espalier.run(['check', 'sample:l1'])).toMatchObject({ code: 0 })
    expect(await espalier.run(['check', 'sample:l1', '--mend'])).toMatchObject({
      code: 2,
      stderr: 'sample:l1 is a sample, which stays as it is; save it as a project file first.\n',
    })
  })
})

describe('espalier import', () => {
  test('writes a project and its weights beside it, which train from there', async () => {
    write('model.keras', fixture('source_l1'))
    const imported = await espalier.run(['import', 'model.keras', '--out', 'mine.espalier'])
    expect(imported).toMatchObject({ code: 0, stderr: '' })
    expect(imported.stdout).toBe('mine.espalier: 3 layers, 769 weights; choose its data before training.\n')
    expect(readdirSync(espalier.folder).sort()).toEqual(['mine.espalier', 'mine.weights.onnx', 'model.keras'])
    const project = await readProject(join(espalier.folder, 'mine.espalier'))
    expect([project.name, project.weights]).toEqual(['mine', 'mine.weights.onnx'])

    const start = decodeModel(read('mine.weights.onnx')).graph.initializers
    const header = Array.from({ length: 10 }, (_, index) => `x${index}`)
    const rows = Array.from({ length: 40 }, (_, row) => [
      ...header.map((_name, index) => Math.sin(row * 7 + index)),
      row % 2 ? 'yes' : 'no',
    ])
    write('data.csv', [[...header, 'target'], ...rows].map((row) => row.join()).join('\n'))
    // At learning rate 0 the weights that come out are the ones that went in.
    const still = ['--set', 'data/source=data.csv', '--set', 'training/optimizer/learningRate=0', '--epochs', '1']
    const trained = await espalier.run(['train', 'mine.espalier', '--out', 'm.onnx', ...still])
    expect(trained).toMatchObject({ code: 0, stderr: '' })
    expect(decodeModel(read('m.onnx')).graph.initializers.get('dense/kernel')).toEqual(start.get('dense/kernel'))

    const text = readFileSync(join(espalier.folder, 'mine.espalier'), 'utf8')
    write('other.espalier', text.replace(/"(name|from|to)": "dense"/g, '"$1": "first"'))
    const warned = await espalier.run(['train', 'other.espalier', '--out', 'n.onnx', ...still])
    expect(warned).toMatchObject({
      code: 0,
      stderr:
        'Warning: Starting weights that match no layer any more are not used (dense/kernel, dense/bias); give the layers the names they came with, or import the model again.\n',
    })
  })

  test('takes ONNX models too, with the file that holds their numbers, and says what it assumed', async () => {
    for (const name of ['mlp.onnx', 'mlp.onnx.data'])
      write(name, readFileSync(join('tests/fixtures/onnx/two_files', name)))
    const { code, stdout, stderr } = await espalier.run(['import', './mlp.onnx', '--out', 'p.espalier'])
    expect([code, stdout]).toEqual([0, 'p.espalier: 6 layers, 147 weights; choose its data before training.\n'])
    expect(stderr).toBe(
      'Warning: A model file says nothing of training; as the network ends in softmax, sparseCategoricalCrossentropy is assumed; choose another loss if that is wrong.\n',
    )
    expect((await readProject(join(espalier.folder, 'p.espalier'))).weights).toBe('p.weights.onnx')
  })

  test('says everything that stands in the way, a sentence each, and writes nothing', async () => {
    write(
      'odd.keras',
      edited(
        fixture('source_l1'),
        ['"class_name": "Adam"', '"class_name": "Adamix"'],
        ['"units": 64', '"units": 64, "magic": 1'],
      ),
    )
    const { code, stdout, stderr } = await espalier.run(['import', 'odd.keras', '--out', 'p.espalier'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe('Dense layer dense: magic 1 is not supported yet.\nOptimizer Adamix is not supported yet.\n')
    expect(readdirSync(espalier.folder)).toEqual(['odd.keras'])
  })

  test('warns of what it leaves out', async () => {
    write('model.keras', fixture('loss_huber'))
    const { code, stderr } = await espalier.run(['import', 'model.keras', '--out', 'p.espalier'])
    expect([code, stderr]).toEqual([
      0,
      'Warning: Loss Huber: Keras does not save delta, so it is taken to be 1; set it if the model used another.\n',
    ])
  })

  test('refuses a file that is not there or no archive', async () => {
    const absent = await espalier.run(['import', 'no.keras', '--out', 'p.espalier'])
    expect([absent.code, absent.stderr]).toEqual([2, 'There is no file no.keras.\n'])
    write('text.keras', 'a,b\n')
    const text = await espalier.run(['import', 'text.keras', '--out', 'p.espalier'])
    expect([text.code, text.stderr.split('\n').length]).toEqual([2, 2])
    expect(readdirSync(espalier.folder)).toEqual(['text.keras'])
  })
})

describe('espalier export', () => {
  test('writes a project as a Keras and as a PyTorch script that read its table', async () => {
    for (const format of ['keras', 'pytorch']) {
      const made = await espalier.run(['export', 'sample:wine', '--format', format, '--out', `${format}.py`])
      expect(made).toMatchObject({ code: 0, stderr: '' })
      expect(made.stdout).toMatch(new RegExp(`^${format}\\.py: \\d+ lines of Python\\.\n$`))
      const script = read(`${format}.py`).toString()
      expect(script).toContain('wine.csv"')
      expect(script).toContain('"alcohol"')
    }
    expect(read('keras.py').toString()).toContain('keras.Input(shape=(13,)')
    expect(read('pytorch.py').toString()).toContain('nn.Linear(13, 32)')
  })

  test('says how an ONNX model is had, and which formats there are', async () => {
    const model = await espalier.run(['export', 'sample:wine', '--format', 'onnx', '--out', 'm.onnx'])
    expect([model.code, model.stderr]).toEqual([
      2,
      'No training of m.onnx is kept; espalier train sample:wine --out m.onnx trains and exports it.\n',
    ])
    const other = await espalier.run(['export', 'sample:wine', '--format', 'caffe', '--out', 'm.py'])
    expect(other.code).toBe(2)
    expect(other.stderr).toContain('keras, pytorch, onnx')
    expect(readdirSync(espalier.folder)).toEqual([])
  })
})

describe('espalier predict', () => {
  const data = resolve('resources/data/iris.csv')

  test('writes a label and probabilities for every row, to standard output or a file', async () => {
    await espalier.run(['train', 'sample:iris', '--epochs', '2', '--out', 'm.onnx'])
    const shown = await espalier.run(['predict', 'm.onnx', data])
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    const lines = shown.stdout.trimEnd().split('\n')
    expect(lines[0]).toBe('label,probability_setosa,probability_versicolor,probability_virginica')
    expect(lines).toHaveLength(151)
    const written = await espalier.run(['predict', 'm.onnx', data, '--out', 'p.csv'])
    expect(written).toMatchObject({ code: 0, stdout: 'p.csv: 150 rows.\n' })
    expect(read('p.csv').toString()).toBe(shown.stdout)
  })

  test('samples predictions while dropout acts: mean and deviation, the same for the same seed', async () => {
    await espalier.run(['train', 'sample:dropout', '--epochs', '1', '--out', 'm.onnx'])
    const table = resolve('resources/data/breast_cancer.csv')
    const sampled = (...more: string[]) => espalier.run(['predict', 'm.onnx', table, '--samples', '10', ...more])
    const [first, again] = [await sampled('--seed', '1'), await sampled('--seed', '1')]
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout.split('\n')[0]).toMatch(/^label(,probability_(\w+),probability_\2_deviation){2}$/)
    expect(again.stdout).toBe(first.stdout)
    expect(await espalier.run(['predict', 'm.onnx', table, '--seed', '1'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'A seed makes a difference to sampled predictions only; add --samples, or leave out --seed.\n',
    })
  })

  test('refuses tables and models that do not fit, in one sentence', async () => {
    await espalier.run(['train', 'sample:iris', '--epochs', '1', '--out', 'm.onnx'])
    write('other.csv', 'a,b\n1,2\n')
    write('no.onnx', 'not a model')
    const refusals = [
      [['m.onnx', 'other.csv'], /^other\.csv has no column "[^"]+", which the model needs; it has a, b\.\n$/],
      [['m.onnx', 'absent.csv'], /^There is no data file .*absent\.csv.*\n$/],
      [['no.onnx', data], /^no\.onnx is not an ONNX model, or it is damaged\.\n$/],
      [['absent.onnx', data], /^There is no model file .*absent\.onnx\.\n$/],
    ] as const
    for (const [args, sentence] of refusals) {
      const { code, stdout, stderr } = await espalier.run(['predict', ...args, '--out', 'p.csv'])
      expect(stderr).toMatch(sentence)
      expect([code, stdout]).toEqual([2, ''])
    }
    expect(readdirSync(espalier.folder)).not.toContain('p.csv')
  })
})

describe('espalier serve', () => {
  test('prints the address with its token, answers there, and ends in order at Ctrl-C', async () => {
    let page: Promise<Response> | undefined
    const { code, stderr } = await espalier.run(['serve', '--no-open'], (stdout, interrupt) => {
      const address = /http:\/\/127\.0\.0\.1:\d+\/#token=\S+/.exec(stdout)?.[0]
      if (!address || page) return
      page = fetch(address)
      page.finally(interrupt).catch(() => undefined)
    })
    expect((await page)?.status).toBe(200)
    expect([code, stderr]).toEqual([0, ''])
  })

  test('refuses a folder that is not there', async () => {
    const { code, stderr } = await espalier.run(['serve', '--no-open', '--folder', 'nowhere'])
    expect([code, stderr]).toEqual([2, 'There is no folder nowhere.\n'])
  })
})

describe('espalier', () => {
  test('shows its version and its commands', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(await espalier.run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
    const help = await espalier.run(['--help'])
    expect(help.code).toBe(0)
    for (const command of ['train', 'import', 'predict', 'serve']) expect(help.stdout).toContain(`  ${command} `)
  })

  test('refuses commands and options it does not know with exit code 2', async () => {
    expect(await espalier.run(['tain'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining("Unknown command 'tain'"),
    })
    expect(await espalier.run(['predict'])).toMatchObject({ code: 2, stdout: '' })
  })
})
