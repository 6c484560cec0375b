import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Model } from '#engine/graph/graph.ts'
import { decodeModel } from '#engine/onnx/decode.ts'
import { runReportSchema } from '#shared/report.ts'
import { exportedSchema } from '#shared/routes.ts'
import { runMessageSchema } from '#shared/run.ts'
import { openCommandLine, type CommandLine } from '../support/commandLine.ts'

let espalier: CommandLine
beforeEach(() => {
  espalier = openCommandLine()
})
afterEach(() => espalier.remove())

const weightsOf = (file: string): Model['graph']['initializers'] =>
  decodeModel(readFileSync(join(espalier.folder, file))).graph.initializers

/** A sample that goes on for long, because nothing stops it early. */
const long = ['train', 'sample:l1', '--epochs', '400', '--out', 'long.onnx']

describe('espalier train', () => {
  test('trains a sample, tells every epoch in a line and writes the proved model', async () => {
    const { code, stdout, stderr } = await espalier.run(['train', 'sample:l1', '--epochs', '3', '--out', 'm.onnx'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^2049 parameters, 455 rows to train on, 114 to validate on, 3 epochs$/m)
    expect(stdout.match(/^epoch \d\/3 {2}loss [\d.]+ {2}val loss [\d.]+ .*dense1\/kernel\/l1 [\d.]+$/gm)).toHaveLength(
      3,
    )
    expect(stdout).toMatch(/^m\.onnx: [\d.]+ kB, opset 15, \d+ of 2049 parameters exactly zero; proved on \d+ rows/m)
    expect(readdirSync(espalier.folder)).toEqual(['m.onnx'])
  })

  test('with --json writes the messages of the contract, one a line, the report, and the exported file at the end', async () => {
    const { code, stdout } = await espalier.run(['train', 'sample:iris', '--epochs', '2', '--json', '--out', 'm.onnx'])
    expect(code).toBe(0)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    const last = <T extends string>(type: T) => v.parse(v.looseObject({ type: v.literal(type) }), lines.pop())
    const { type, ...file } = last('exported')
    expect(v.safeParse(exportedSchema, file).success, type).toBe(true)
    const { type: before, ...report } = last('report')
    expect(v.safeParse(runReportSchema, report).success, before).toBe(true)
    const messages = lines.map((line) => v.parse(runMessageSchema, line))
    expect(messages[0]?.type).toBe('started')
    expect(messages.filter((message) => message.type === 'epoch')).toHaveLength(2)
    expect(messages.at(-1)).toMatchObject({ type: 'ended', reason: 'finished', epochs: 2 })
  })

  test('gives the same weights for the same seed, and others for another', async () => {
    const out = async (file: string, seed: string) => {
      await espalier.run(['train', 'sample:iris', '--epochs', '2', '--seed', seed, '--out', file])
      return weightsOf(file)
    }
    const first = await out('a.onnx', '5')
    expect(await out('b.onnx', '5')).toEqual(first)
    expect(await out('c.onnx', '6')).not.toEqual(first)
  })

  test('changes settings with --set: a number, a kind, a layer by name', async () => {
    const changes = ['graph/dense1/units=7', 'training/optimizer=sgd', 'training/optimizer/learningRate=0.1']
    const sets = changes.flatMap((change) => ['--set', change])
    const { code } = await espalier.run(['train', 'sample:l1', '--epochs', '1', '--out', 'm.onnx', ...sets])
    expect(code).toBe(0)
    expect(weightsOf('m.onnx').get('dense1/kernel')?.shape).toEqual([30, 7])
  })

  test('writes the operator set that was asked for', async () => {
    await espalier.run(['train', 'sample:iris', '--epochs', '1', '--opset', '13', '--out', 'm.onnx'])
    expect(decodeModel(readFileSync(join(espalier.folder, 'm.onnx'))).opset['']).toBe(13)
  })

  test('after Ctrl-C exits with 130 without a model, and with --resume ends at the same weights as without', async () => {
    let interrupted = false
    const first = await espalier.run(long, (stdout, interrupt) => {
      if (interrupted || !stdout.includes('epoch 20/400')) return
      interrupted = true
      interrupt()
    })
    expect(first.code).toBe(130)
    expect(first.stderr).toContain('the same command with --resume goes on where it stopped')
    expect(readdirSync(espalier.folder)).toEqual([])

    const second = await espalier.run([...long, '--resume'])
    expect([second.code, second.stderr]).toEqual([0, ''])
    expect(second.stdout).toMatch(/400 epochs, going on after epoch \d+$/m)
    expect(second.stdout).not.toContain('epoch 20/400')
    const whole = await espalier.run(['train', 'sample:l1', '--epochs', '400', '--out', 'whole.onnx'])
    expect(whole.code).toBe(0)
    expect(weightsOf('long.onnx')).toEqual(weightsOf('whole.onnx'))
  })

  test('ends at once at the second Ctrl-C', async () => {
    let interruptions = 0
    const { code } = await espalier.run(long, (stdout, interrupt) => {
      if (interruptions === 2 || !stdout.includes('epoch 5/400')) return
      interruptions += 1
      interrupt()
    })
    expect(code).toBe(130)
    expect(existsSync(join(espalier.folder, 'long.onnx'))).toBe(false)
  })

  test('says so when there is nothing to resume', async () => {
    const { code, stderr } = await espalier.run([
      'train',
      'sample:iris',
      '--epochs',
      '1',
      '--resume',
      '--out',
      'm.onnx',
    ])
    expect([code, stderr]).toEqual([0, 'No interrupted training of m.onnx is there; a new one begins.\n'])
  })
})

describe('live changes of espalier train', () => {
  const scheduled = (points: string, ...more: readonly string[]) =>
    ['train', 'sample:l1', '--epochs', '6', '--out', 'm.onnx', '--schedule', `l1.strength=${points}`, ...more] as const

  test('are made as --schedule says, and told with their marks', async () => {
    const { code, stdout, stderr } = await espalier.run(scheduled('0@0,0.05@epoch 2,0.1@4'))
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.match(/^mark .*$/gm)).toEqual([
      'mark 1: dense1/kernel/l1.strength 0.05 from epoch 3, step 1 on',
      'mark 2: dense1/kernel/l1.strength 0.1 from epoch 5, step 1 on',
    ])
    const first = stdout.match(/^epoch \d\/6 .* dense1\/kernel\/l1 0$/gm)
    expect(first).toHaveLength(2)
  })

  test('are gone back to before with --rewind, and other ones made from there', async () => {
    await espalier.run(scheduled('0.001@0,0.05@2,0.1@4'))
    const { code, stdout, stderr } = await espalier.run(scheduled('0.001@0,0.05@2,0.02@4', '--rewind', '2'))
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Back to before mark 2: epoch 5, step 1\.$/m)
    expect(stdout.match(/^epoch \d/gm)).toEqual(['epoch 5', 'epoch 6'])
    const rewound = weightsOf('m.onnx')
    await espalier.run([
      ...scheduled('0.001@0,0.05@2,0.02@4').slice(0, 4),
      '--out',
      'whole.onnx',
      ...scheduled('0.001@0,0.05@2,0.02@4').slice(6),
    ])
    expect(rewound).toEqual(weightsOf('whole.onnx'))
  })

  test.each([
    [
      'a name that is not there',
      ['--schedule', 'l3.strength=0@0'],
      /^"l3\.strength" cannot change while training; these can: .*\.$/,
    ],
    [
      'a name that may be several',
      ['--schedule', 'strength=0@0', '--set', 'graph/dense1/biasRegularizers=[{"kind":"l2","params":{}}]'],
      /^"strength" may be any of dense1\/kernel\/l1\.strength, dense1\/bias\/l2\.strength; write more of its name\.$/,
    ],
    [
      'points that say nothing',
      ['--schedule', 'l1.strength=0.1'],
      /^--schedule l1\.strength=0\.1: write a live setting, = and values @ epochs/,
    ],
    [
      'a value out of range',
      ['--schedule', 'l1.strength=-1@2'],
      /^The schedule of l1\.strength: Strength is -1; give a number of at least 0\.$/,
    ],
    ['a mark that is not there', ['--rewind', '7'], /^The run has no marks to go back to; no setting was changed\.$/],
  ])('with %s are refused in one sentence', async (_, more, sentence) => {
    const { code, stderr } = await espalier.run(['train', 'sample:l1', '--out', 'm.onnx', ...more])
    expect(code).toBe(2)
    expect(stderr.trimEnd()).toMatch(sentence)
    expect(readdirSync(espalier.folder)).toEqual([])
  })
})

describe('the weights that are exported', () => {
  // A learning rate this high overfits at once, so that the best epoch is not the last.
  const sets = ['training/optimizer/learningRate=0.05', 'graph/dense1/kernelRegularizers=[]']
  const settings = [...sets.flatMap((change) => ['--set', change]), '--out', 'm.onnx']
  const train = ['train', 'sample:l1', '--epochs', '40', ...settings]
  const again = ['export', 'sample:l1', '--format', 'onnx', ...settings]

  test('are those of the best epoch or the last, now or later', async () => {
    await espalier.run(train)
    const last = weightsOf('m.onnx')
    const exported = await espalier.run([...again, '--weights', 'best'])
    expect(exported).toMatchObject({ code: 0, stderr: '' })
    expect(exported.stdout).toMatch(/^m\.onnx: .* proved on \d+ rows/)
    const best = weightsOf('m.onnx')
    expect(best).not.toEqual(last)
    await espalier.run([...again, '--weights', 'last'])
    expect(weightsOf('m.onnx')).toEqual(last)
    await espalier.run([...train, '--weights', 'best'])
    expect(weightsOf('m.onnx')).toEqual(best)
  })

  test('have to be of the project they were trained in, and are no matter of scripts', async () => {
    await espalier.run(train)
    const other = await espalier.run([...again, '--set', 'training/seed=99'])
    expect([other.code, other.stderr]).toEqual([
      2,
      'What was trained is of another project, other settings or other data; give those it was trained with, or train again.\n',
    ])
    const script = await espalier.run([
      'export',
      'sample:l1',
      '--format',
      'keras',
      '--weights',
      'best',
      '--out',
      'm.py',
    ])
    expect([script.code, script.stderr]).toEqual([
      2,
      '--weights best: a script is trained by running it; leave it out.\n',
    ])
  })
})

describe('espalier train refuses with exit code 2, one sentence and no file', () => {
  const cases: readonly (readonly [why: string, args: readonly string[], sentence: RegExp])[] = [
    ['a project that is not there', ['nope.espalier'], /^There is no file .*nope\.espalier\.$/],
    ['a sample that is not there', ['sample:nope'], /^There is no sample named "nope"; there are .*l1.*\.$/],
    [
      'a project that is no JSON',
      ['broken.espalier'],
      /^broken\.espalier, line 2, column 11: expected a value, not "}"\.$/,
    ],
    [
      'data that are not there',
      ['sample:l1', '--set', 'data/source=nope.csv'],
      /^There is no data file .*nope\.csv; .*\.$/,
    ],
    [
      'a cell that is no number',
      [
        'sample:diabetes',
        '--set',
        'data/source=bad.csv',
        '--set',
        'data/columns={"y":{"role":"target"},"x":{"type":"number"}}',
      ],
      /^bad\.csv, line 3, column "x": "oops" is not a number.*\.$/,
    ],
    ['a setting out of range', ['sample:l1', '--set', 'graph/dense1/units=-3'], /^dense1: Units is -3; .*\.$/],
    [
      'a layer that is not there',
      ['sample:l1', '--set', 'graph/foo/units=3'],
      /^--set graph\/foo\/units: there is no foo; choose one of input, .*\.$/,
    ],
    [
      'a change that does not fit',
      ['sample:l1', '--set', 'training/epochs=0.5'],
      /^--set training\/epochs=0\.5 does not fit: training\/epochs: .*\.$/,
    ],
    [
      'a change without a value',
      ['sample:l1', '--set', 'training/epochs'],
      /^--set training\/epochs: write a path, = and a value.*\.$/,
    ],
    [
      'a bad number of epochs',
      ['sample:l1', '--epochs', 'many'],
      /^Option '--epochs <number>' argument 'many' is invalid\. Give a whole number.*\.$/,
    ],
    [
      'an operator set that is not written',
      ['sample:l1', '--opset', '3'],
      /^Option '--opset <number>' argument '3' is invalid\. .*\.$/,
    ],
    [
      'a learning rate that diverges',
      ['sample:diabetes', '--set', 'training/optimizer=sgd', '--set', 'training/optimizer/learningRate=1e30'],
      /learning rate.*too high.*\.$/,
    ],
  ]
  test.for(cases)('%s', async ([, args, sentence]) => {
    writeFileSync(join(espalier.folder, 'broken.espalier'), '{\n "format":}')
    writeFileSync(join(espalier.folder, 'bad.csv'), `x,y\n1,2.5\noops,3.5\n${'4,5.5\n'.repeat(30)}`)
    const { code, stderr } = await espalier.run(['train', ...args, '--out', 'm.onnx'])
    expect(stderr.trimEnd()).toMatch(sentence)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(code).toBe(2)
    expect(readdirSync(espalier.folder).sort()).toEqual(['bad.csv', 'broken.espalier'])
  })

  test('a place that cannot hold the model, before any training', async () => {
    const ending = await espalier.run(['train', 'sample:l1', '--out', 'm.txt'])
    expect([ending.code, ending.stdout, ending.stderr]).toEqual([2, '', '--out m.txt: the name has to end in .onnx.\n'])
    const folder = await espalier.run(['train', 'sample:l1', '--out', 'no/m.onnx'])
    expect([folder.code, folder.stdout]).toEqual([2, ''])
    expect(folder.stderr).toMatch(/^--out no\/m\.onnx: there is no folder .*no\.\n$/)
  })
})
