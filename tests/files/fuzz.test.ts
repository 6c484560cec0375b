import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildPredictGraph } from '#engine/compile/evaluation.ts'
import { inputSpecs } from '#engine/compile/inputShape.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { readModel } from '#engine/onnx/read.ts'
import { importOnnx } from '#main/files/onnx/import.ts'
import { openGraph, openNative } from '../support/runtimes.ts'
const folder = process.env['FUZZ'] ?? '/tmp/onx/fuzz'
test('fuzz', async () => {
  for (const file of readdirSync(folder).sort()) {
    const bytes = readFileSync(join(folder, file))
    let imported
    try { imported = importOnnx(bytes, file) } catch (e) { console.log(file, 'REFUSED', (e as Error).message.slice(0, 200)); continue }
    try {
      const [i] = readModel(bytes).inputs
      const shape = [3, ...i!.shape!.slice(1).map(Number)]
      let s = 7
      const count = shape.reduce((a, b) => a * b, 1)
      const x = Array.from({ length: count }, () => { s = (Math.imul(s, 1664525) + 1013904223) >>> 0; return (s / 2 ** 32) * 4 - 2 })
      const want = (await (await openNative(bytes))({ x: tensorOf('float32', shape, x) })).get('y')!
      const specs = inputSpecs(imported.project.graph, null)
      const { graph } = buildPredictGraph(imported.project, specs)
      const got = (await (await openGraph(graph))({ x: tensorOf('float32', [3, ...specs[0]!.shape], x), ...Object.fromEntries(imported.weights) })).get('prediction')!
      const axes = imported.outputs[0]!.axes
      const sizes = axes.map((a) => (a < 0 ? 1 : got.shape[a]!))
      const strides = got.shape.map((_, a) => got.shape.slice(a + 1).reduce((p, q) => p * q, 1))
      let worst = 0
      if (sizes.join() !== want.shape.join()) { console.log(file, 'SHAPE', sizes.join(), want.shape.join()); continue }
      for (let index = 0; index < want.data.length; index++) {
        let rest = index, source = 0
        for (let p = sizes.length - 1; p >= 0; p--) { const a = axes[p]!; if (a >= 0) source += (rest % sizes[p]!) * strides[a]!; rest = Math.floor(rest / sizes[p]!) }
        worst = Math.max(worst, Math.abs(Number(want.data[index]) - Number(got.data[source])) / 1)
        if (Number.isNaN(Number(got.data[source])) !== Number.isNaN(Number(want.data[index]))) worst = NaN
      }
      console.log(file, worst < 5e-6 ? 'ok' : 'WRONG', worst)
    } catch (e) { console.log(file, 'ERROR', String(e).slice(0, 200)) }
  }
  expect(1).toBe(1)
}, 300000)
