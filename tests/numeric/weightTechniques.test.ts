/** Techniques between a weight and its layer, trained and exported natively. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Graph } from '#engine/graph/graph.ts'
import { decodeModel } from '#engine/onnx/decode.ts'
import type { Project, Setting } from '#engine/project/project.ts'
import { importOnnx } from '#main/files/onnx/import.ts'
import { exportTrained } from '#main/trainer/export.ts'
import { cancerProject, chain, setting, temporaryFolder } from '../trainer/projects.ts'
import { bits, finishRun, interrupted, quiet, type Observed } from '../trainer/runs.ts'

const techniques: Readonly<Record<string, Setting>> = {
  'L0 on units': setting('l0', { strength: 0.01 }),
  'L0 on weights': setting('l0', { strength: 0.01, gates: 'weights' }),
  'spectral normalization': setting('spectralNormalization'),
  'a cost of the spectral norm': setting('spectralNorm'),
  'weight standardization': setting('weightStandardization'),
  DropConnect: setting('dropConnect', { rate: 0.2 }),
  'weight noise': setting('weightNoise'),
}

const withTechniques = (kernelRegularizers: readonly Setting[], training: Partial<Project['training']> = {}) =>
  cancerProject({
    graph: chain(
      setting('dense', { units: 16, activation: 'relu', kernelRegularizers: [...kernelRegularizers] }),
      setting('dense', { units: 1, activation: 'sigmoid' }),
    ),
    training: { optimizer: setting('adam', { learningRate: 0.02 }), ...training },
  })

/** The file of a run that is over, decoded. */
async function exportedOf({ run }: Observed, shrink = false) {
  const { weights, epoch } = run.kept()
  const path = join(await temporaryFolder(), 'model.onnx')
  const exported = await exportTrained(
    { prepared: run.prepared, weights, epoch, live: run.live },
    { path, opset: 15, shrink },
    quiet,
  )
  return { path, exported, graph: decodeModel(await readFile(path)).graph }
}

const kernelOf = (graph: Graph) => graph.initializers.get('dense1/kernel')?.data as Float32Array

describe.each(Object.entries(techniques))('a network with %s', (_, technique) => {
  test('learns, and is exported with the weight as its layer uses it and nothing else', async () => {
    const observed = await finishRun(withTechniques([technique], { epochs: 6 }))
    const validation = observed.all('epoch').at(-1)?.validation
    expect(validation?.['accuracy']).toBeGreaterThan(0.85)
    const { exported, graph } = await exportedOf(observed)
    expect(exported.parity).toMatchObject({ passed: true })
    const plain = await exportedOf(await finishRun(withTechniques([], { epochs: 1 })))
    expect(graph.nodes.map(({ op }) => op)).toEqual(plain.graph.nodes.map(({ op }) => op))
    expect([...graph.initializers.keys()]).toEqual([...plain.graph.initializers.keys()])
    const kernel = kernelOf(graph)
    const summary = observed.all('ended')[0]?.weights.find(({ name }) => name === 'dense1/kernel')
    expect(summary?.norm).toBeCloseTo(Math.hypot(...kernel), 4)
    expect(summary?.zeros).toBe(kernel.filter((w) => w === 0).length)
  })
})

test('L0 closes units for good: their columns are exactly zero in the summary and in the file', async () => {
  const closing = setting('l0', { strength: 0.002 })
  const observed = await finishRun(withTechniques([closing], { epochs: 40 }))
  const { exported, graph } = await exportedOf(observed)
  const kernel = kernelOf(graph)
  const closed = Array.from({ length: 16 }, (_, unit) => kernel.every((w, place) => place % 16 !== unit || w === 0))
  const count = closed.filter(Boolean).length
  expect(count).toBeGreaterThan(2)
  expect(count).toBeLessThan(16)
  expect(exported.zeros).toBe(30 * count)
  const small = await exportedOf(observed, true)
  expect(small.exported.parity).toMatchObject({ passed: true })
  expect(small.graph.initializers.get('dense1/kernel')?.shape).toEqual([30, 16 - count])
  expect(observed.all('epoch').at(-1)?.validation?.['accuracy']).toBeGreaterThan(0.9)
})

test('a model exported with L0 opens again with the weights it made, and without it', async () => {
  const observed = await finishRun(
    withTechniques([setting('l0'), setting('dropConnect'), setting('spectralNorm')], { epochs: 2 }),
  )
  const { path, graph } = await exportedOf(observed)
  const opened = importOnnx(await readFile(path), 'model.onnx')
  const dense = opened.project.graph.nodes.find(({ name }) => name === 'dense1')
  expect(dense?.params['kernelRegularizers']).toEqual([setting('dropConnect'), setting('spectralNorm')])
  expect(opened.weights.get('dense1/kernel')?.data).toEqual(kernelOf(graph))
  expect([...opened.weights.keys()]).toEqual(['dense1/kernel', 'dense1/bias', 'dense2/kernel', 'dense2/bias'])
  expect(opened.warnings.map(({ message }) => message)).toContain(
    'dense1: the weights in model.onnx are those that L0 has made, so it is taken out; add it again to go on training with it.',
  )
})

test.each([
  ['group lasso', setting('groupLasso', { strength: 0.01, form: 'proximal' })],
  ['sparse group lasso', setting('sparseGroupLasso', { l1: 0.005, group: 0.01, form: 'proximal' })],
])('%s in its proximal form removes whole units under Adam, and the network still learns', async (_, technique) => {
  const observed = await finishRun(withTechniques([technique], { epochs: 20 }))
  const { exported, graph } = await exportedOf(observed)
  const kernel = kernelOf(graph)
  const units = Array.from({ length: 16 }, (_, unit) => kernel.filter((_, place) => place % 16 === unit))
  const removed = units.filter((unit) => unit.every((w) => w === 0)).length
  expect(removed).toBeGreaterThan(2)
  expect(removed).toBeLessThan(16)
  expect(exported.zeros).toBeGreaterThanOrEqual(30 * removed)
  expect(observed.all('epoch').at(-1)?.validation?.['accuracy']).toBeGreaterThan(0.9)
})

test('what techniques keep for themselves outlasts an interruption to the last bit', async () => {
  const project = withTechniques([setting('l0'), setting('spectralNormalization'), setting('dropConnect')], {
    epochs: 2,
  })
  const whole = await finishRun(project)
  const resumed = await interrupted(project, 9)
  const kept = resumed.run.kept().weights
  expect([...kept.keys()]).toEqual(
    expect.arrayContaining(['dense1/kernel/l0.logAlpha', 'dense1/kernel/spectralNormalization.u']),
  )
  expect(bits(kept)).toEqual(bits(whole.run.kept().weights))
})
