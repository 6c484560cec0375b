import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decodeModel } from '#engine/onnx/decode.ts'
import { openCommandLine, type CommandLine } from '../support/commandLine.ts'

let espalier: CommandLine
beforeEach(() => (espalier = openCommandLine()))
afterEach(() => espalier.remove())

const train = ['train', 'sample:exact-zeros', '--epochs', '15', '--out', 'm.onnx'] as const

describe('what regularization did', () => {
  test('is told as a table after training and again by espalier report, without a file beside the model', async () => {
    const trained = await espalier.run(train)
    expect([trained.code, trained.stderr]).toEqual([0, ''])
    expect(trained.stdout).toMatch(/^dense1\/kernel\/l1 {2}L1 +[\d.]+ +[\d.]+ %$/m)
    expect(trained.stdout).toMatch(/^dense1\/kernel +1 920 +[\d ]+ +[\d.]+ +[\d.]+$/m)
    expect(trained.stdout).toMatch(/^\d[\d ]* of 2 049 trained parameters are not zero\.$/m)
    expect(readdirSync(espalier.folder)).toEqual(['m.onnx'])
    const told = await espalier.run(['report', 'm.onnx'])
    expect(told.code).toBe(0)
    expect(trained.stdout).toContain(told.stdout)
    const json = JSON.parse((await espalier.run(['report', 'm.onnx', '--json'])).stdout)
    expect(json.techniques[0]).toMatchObject({ name: 'dense1/kernel/l1', title: 'L1' })
  })

  test('comes before the export in what machines read', async () => {
    const { stdout } = await espalier.run([...train, '--json'])
    const types = stdout
      .trim()
      .split('\n')
      .map((line): string => JSON.parse(line).type)
    expect(types.slice(-3)).toEqual(['ended', 'report', 'exported'])
  })

  test('is not known of a file that was not trained here', async () => {
    const { code, stderr } = await espalier.run(['report', 'other.onnx'])
    expect(code).toBe(2)
    expect(stderr).toContain('No training of other.onnx is kept')
  })
})

test('--shrink leaves out what is idle, in training and in an export of its own, and says how much', async () => {
  const trained = await espalier.run([...train, '--shrink'])
  const saved = /Without idle units: 2 049 → ([\d ]+) parameters, ([\d.]+) kB → ([\d.]+) kB/.exec(
    trained.stdout.split('\n').at(-2) ?? '',
  )
  expect(Number(saved?.[1]?.replaceAll(' ', ''))).toBeLessThan(1900)
  expect(Number(saved?.[3])).toBeLessThan(Number(saved?.[2]))
  const sizeOf = () =>
    decodeModel(readFileSync(join(espalier.folder, 'm.onnx'))).graph.initializers.get('dense1/kernel')?.shape
  const small = sizeOf()
  expect(small?.[1]).toBeLessThan(64)
  expect(
    (
      await espalier.run([
        'export',
        'sample:exact-zeros',
        '--set',
        'training/epochs=15',
        '--format',
        'onnx',
        '--out',
        'm.onnx',
      ])
    ).code,
  ).toBe(0)
  expect(sizeOf()).toEqual([30, 64])
  const script = await espalier.run(['export', 'sample:iris', '--format', 'keras', '--out', 'm.py', '--shrink'])
  expect(script.stderr).toContain('--shrink is for models')
  expect(existsSync(join(espalier.folder, 'm.py'))).toBe(false)
})
