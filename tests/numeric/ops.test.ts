import { describe, expect, test } from 'vitest'
import { Builder } from '#engine/ops/builder.ts'
import { ops } from '#engine/ops/table.ts'
import { distance } from '../support/differences.ts'
import { evaluate64 } from '../support/evaluate64.ts'
import { openGraph } from '../support/runtimes.ts'
import { dtypeOf, feed, samples } from '../support/samples.ts'

describe('the float64 evaluator and onnxruntime agree on', () => {
  test.each(Object.keys(ops))('%s', async (name) => {
    for (const sample of samples[name] ?? expect.fail(`${name} has no sample`)) {
      const g = new Builder('sample')
      const inputs = sample.operands.map((operand, index) =>
        g.input(`x${index}`, dtypeOf(operand, 'float32'), operand.shape),
      )
      sample.build(g, inputs).forEach((output, index) => g.output(output, `y${index}`))
      const feeds = Object.fromEntries(
        sample.operands.map((operand, index) => [`x${index}`, feed(operand, 'float32', 5)]),
      )
      const expected = evaluate64(g.graph, feeds)
      const actual = await (await openGraph(g.graph))(feeds)
      for (const [output, { dtype, shape, data }] of expected) {
        const runtime = actual.get(output)
        expect(runtime?.dtype, sample.title).toBe(dtype)
        expect(runtime?.shape, sample.title).toEqual(shape)
        const apart = distance(Array.from(runtime?.data ?? [], Number), Array.from(data, Number))
        expect(apart, sample.title).toBeLessThan(dtype === 'float32' ? 2e-6 : 1e-15)
      }
    }
  })
})
