/** What training switches off is reported, left out of the exported file, and found again when the file is opened. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { decodeModel } from '#engine/onnx/decode.ts'
import { isTechniquesOwn } from '#engine/weightName.ts'
import { readModel } from '#engine/onnx/read.ts'
import type { Project } from '#engine/project/project.ts'
import { readOwn } from '#main/files/onnx/own.ts'
import { exportTrained } from '#main/trainer/export.ts'
import { openGraph } from '#main/trainer/model.ts'
import { reportOn } from '#main/trainer/report/report.ts'
import { inputFeeds } from '#main/trainer/run/feeds.ts'
import { copyTensors } from '#main/trainer/run/state.ts'
import type { Trained } from '#main/trainer/trained.ts'
import { distance } from '../support/differences.ts'
import { cancerProject, chain, setting, temporaryFolder } from '../trainer/projects.ts'
import { finishRun, quiet } from '../trainer/runs.ts'

const sparse = (): Project => {
  const lasso = setting('groupLasso', { strength: 0.005, groups: 'units', form: 'proximal' })
  return cancerProject({
    graph: chain(
      setting('dense', { units: 24, activation: 'relu', kernelRegularizers: [lasso] }),
      setting('dense', {
        units: 12,
        activation: 'sigmoid',
        kernelRegularizers: [lasso, setting('l2', { strength: 0.001 })],
      }),
      setting('dense', { units: 1, activation: 'sigmoid' }),
    ),
    training: { epochs: 40, optimizer: setting('adam', { learningRate: 0.01 }) },
  })
}

/** Units of a kernel into which nothing but zeros comes. */
function idle(trained: Trained, name: string): number {
  const { data = new Float32Array(), shape = [] } = trained.weights.get(name) ?? {}
  const units = shape.at(-1) ?? 1
  return Array.from({ length: units }, (_, unit) => data.every((w, index) => index % units !== unit || w === 0)).filter(
    Boolean,
  ).length
}

describe('after group lasso', () => {
  /** Trained, exported and reported on once for all. */
  let made: ReturnType<typeof make> | null = null
  async function make() {
    const { run } = await finishRun(sparse())
    const { weights, epoch } = run.kept()
    const trained: Trained = { prepared: run.prepared, weights, epoch, live: run.live }
    const folder = await temporaryFolder()
    const path = join(folder, 'small.onnx')
    const whole = await exportTrained(trained, { path: join(folder, 'whole.onnx'), opset: 15 }, quiet)
    const small = await exportTrained(trained, { path, opset: 15, shrink: true }, quiet)
    return { trained, whole, small, bytes: await readFile(path), report: await reportOn(trained, quiet) }
  }
  const results = () => (made ??= make())

  test('the file has fewer rows and columns, is proved all the same, and says by how much', async () => {
    const { trained, whole, small, bytes } = await results()
    const off = [idle(trained, 'dense1/kernel'), idle(trained, 'dense2/kernel')]
    expect(Math.min(...off)).toBeGreaterThan(2)
    expect(small.parity).toMatchObject({ passed: true, labelAgreement: 1 })
    const { graph, metadata } = decodeModel(bytes)
    const [before, after] = [24 - (off[0] ?? 0), 12 - (off[1] ?? 0)]
    expect(graph.initializers.get('dense2/kernel')?.shape).toEqual([before, after])
    expect(graph.initializers.get('dense3/kernel')?.shape).toEqual([after, 1])
    expect(small.shrinkage?.units.map((units) => units.after)).toEqual([before, after, 1])
    expect(small.shrinkage?.parameters).toEqual({ before: whole.parameters, after: small.parameters })
    expect(whole.parameters).toBe(30 * 24 + 24 + 24 * 12 + 12 + 12 + 1)
    expect(small.bytes).toBeLessThan(whole.bytes)
    expect(small.shrinkage?.operations.after).toBeLessThan(0.8 * (small.shrinkage?.operations.before ?? 0))
    expect(whole.shrinkage).toBeNull()
    const { kept, ...said } = JSON.parse(metadata['espalier.shrunk'] ?? '{}')
    expect(said).toEqual(small.shrinkage)
    expect(kept['dense3/kernel'][0]).toHaveLength(after)
  })

  test('opening the smaller file gives the drawn network, which predicts the same', async () => {
    const { trained, bytes } = await results()
    const { project, weights } = readOwn(readModel(bytes), 'small.onnx')
    expect(project.graph).toEqual(trained.prepared.project.graph)
    const { program, dataset, shape } = trained.prepared
    const feeds = inputFeeds(dataset, program, dataset.split.validation)
    const predicted = async (own: Trained['weights'] | typeof weights) => {
      const session = await openGraph(compile(project, shape).predict(), quiet)
      const { prediction } = await session.run({ ...feeds, ...Object.fromEntries(own) })
      return Array.from(prediction?.data ?? [], Number)
    }
    expect(weights.get('dense1/kernel')?.shape).toEqual([30, 24])
    expect(distance(await predicted(weights), await predicted(trained.weights))).toBeLessThan(1e-5)
  })

  test('the report counts what training left behind', async () => {
    const { trained, whole, small, report } = await results()
    const [first, second, last] = report.units
    const off = [idle(trained, 'dense1/kernel'), idle(trained, 'dense2/kernel')]
    expect([first?.unfed, second?.unfed, last?.unfed]).toEqual([...off, 0])
    // What nothing comes into never changes; what never changed need not be idle.
    expect(first?.still).toBeGreaterThanOrEqual(first?.unfed ?? 0)
    expect(second?.still).toBe(second?.unfed)
    expect(report.units.map(({ before, after }) => before - after)).toEqual([...off, 0])
    expect(report.shrinkage).toMatchObject({
      parameters: small.shrinkage?.parameters,
      operations: small.shrinkage?.operations,
    })
    expect(report.parameters).toMatchObject({ all: whole.parameters, trained: whole.parameters })
    expect(report.parameters.effective).toBe(whole.parameters - whole.zeros)
  })

  test('the report says what part of the loss each penalty is, on the rows the gap is measured on', async () => {
    const { trained, report } = await results()
    const { data, total } = report.loss
    const penalties = report.techniques.filter(({ value }) => value !== null)
    expect(penalties.map(({ name }) => name)).toEqual([
      'dense1/kernel/groupLasso',
      'dense2/kernel/groupLasso',
      'dense2/kernel/l2',
    ])
    expect(penalties.reduce((sum, { value }) => sum + (value ?? 0), data ?? 0)).toBeCloseTo(total ?? 0, 6)
    expect(penalties.reduce((sum, { share }) => sum + (share ?? 0), 0)).toBeCloseTo(1 - (data ?? 0) / (total ?? 1), 6)
    const kernel = Array.from(trained.weights.get('dense2/kernel')?.data ?? [], Number)
    expect(penalties[2]?.value).toBeCloseTo(0.001 * kernel.reduce((sum, w) => sum + w * w, 0), 6)
    expect(report.gap?.train['data']).toBeCloseTo(data ?? 0, 9)
    expect(report.gap?.rows.train).toBe(report.gap?.rows.validation)
    expect(Object.keys(report.gap?.train ?? {})).toEqual(Object.keys(report.gap?.validation ?? {}))
  })
})

test('a ReLU unit that no row woke is told, but stays: other rows might', async () => {
  const { run } = await finishRun(
    cancerProject({
      graph: chain(
        setting('dense', { units: 6, activation: 'linear' }),
        setting('relu'),
        setting('dense', { units: 1, activation: 'sigmoid' }),
      ),
      training: { epochs: 1 },
    }),
  )
  const weights = copyTensors(run.kept().weights)
  weights.get('dense1/bias')?.data.set([-1e4, -1e4])
  const trained: Trained = { prepared: run.prepared, weights, epoch: 1, live: run.live }
  const report = await reportOn(trained, quiet)
  expect(report.units[0]).toMatchObject({ kernel: 'dense1/kernel', unfed: 0, still: 2, before: 6, after: 6 })
})

test('units whose L0 gates are shut are reported as zeros and left out', async () => {
  const { run } = await finishRun(
    cancerProject({
      graph: chain(
        setting('dense', { units: 8, activation: 'relu', kernelRegularizers: [setting('l0', { strength: 0.001 })] }),
        setting('dense', { units: 1, activation: 'sigmoid' }),
      ),
      training: { epochs: 2 },
    }),
  )
  const weights = copyTensors(run.kept().weights)
  const gates = [...weights.keys()].filter(isTechniquesOwn)
  expect(gates).toHaveLength(1)
  weights.get(gates[0] ?? '')?.data.fill(-20, 1, 4)
  const trained: Trained = { prepared: run.prepared, weights, epoch: 2, live: run.live }
  const report = await reportOn(trained, quiet)
  expect(report.weights.map(({ name }) => name)).not.toContain(gates[0])
  expect(report.weights.find(({ name }) => name === 'dense1/kernel')?.zeros).toBe(3 * 30)
  expect(report.units[0]).toMatchObject({ before: 8, unfed: 3, after: 5 })
  const path = join(await temporaryFolder(), 'model.onnx')
  const exported = await exportTrained(trained, { path, opset: 15, shrink: true }, quiet)
  expect(exported.parity.passed).toBe(true)
  expect(decodeModel(await readFile(path)).graph.initializers.get('dense1/kernel')?.shape).toEqual([30, 5])
})
