import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import { definitions, filled } from '#engine/definitions.ts'
import { finish } from '#engine/graph/finish.ts'
import { Builder } from '#engine/ops/builder.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { distance } from '../support/differences.ts'
import { logSumExp, rowsOf, sigmoid, softmax, sum } from '../support/reals.ts'
import { openGraph } from '../support/runtimes.ts'

/** Loss per row and its gradient by the logits, in float32 as training computes them. */
async function compute(kind: string, z: readonly number[], y: readonly number[], width: number, fromLogits: boolean) {
  const loss = definitions.loss[kind] ?? expect.fail(`there is no ${kind}`)
  const rows = z.length / width
  const g = new Builder('loss')
  const [logits, target] = [g.input('z', 'float32', [rows, width]), g.input('y', 'float32', [rows, width])]
  const sigmoids = loss.activation === 'sigmoid'
  const perRow = loss.build({
    g,
    params: { ...filled(loss, { kind, params: { fromLogits } }) },
    scalar: (name) => expect.fail(`${kind} has no number ${name}`),
    prediction: fromLogits ? logits : sigmoids ? g.Sigmoid(logits) : g.Softmax(logits),
    logits: (activation) => (!fromLogits && activation === (sigmoids ? 'Sigmoid' : 'Softmax') ? logits : null),
    target,
  })
  g.output(perRow, 'loss')
  g.output(gradients(g, g.ReduceSum(perRow, null), [logits])[0]!, 'slope')
  const run = await openGraph(finish(g.graph))
  const outputs = await run({ z: tensorOf('float32', [rows, width], z), y: tensorOf('float32', [rows, width], y) })
  return ['loss', 'slope'].map((name) => Array.from(outputs.get(name)?.data ?? [], Number)) as [number[], number[]]
}

describe.each([false, true])('with fromLogits %s, in float32', (fromLogits) => {
  test.each([1, 100, 1000])('binary cross-entropy is exact at logits of ±%d', async (size) => {
    const z = [size, size, -size, -size, 0, 0]
    const y = [1, 0, 1, 0, 1, 0.25]
    const [loss, slope] = await compute('binaryCrossentropy', z, y, 1, fromLogits)
    expect(
      distance(
        loss,
        z.map((each, k) => Math.max(each, 0) - each * y[k]! + Math.log1p(Math.exp(-Math.abs(each)))),
      ),
    ).toBeLessThan(1e-6)
    expect(
      distance(
        slope,
        z.map((each, k) => sigmoid(each) - y[k]!),
      ),
    ).toBeLessThan(1e-6)
  })

  test.each(['categoricalCrossentropy', 'sparseCategoricalCrossentropy'])(
    '%s is exact at logits of ±100 and ±1000',
    async (kind) => {
      const z = [100, -100, 0, -100, 100, 0, 1000, -1000, 999, -1000, -1000, -999, 1, 2, 3]
      const y = [1, 0, 0, 1, 0, 0, 0, 1, 0, 0.2, 0.3, 0.5, 0, 0, 1]
      const [loss, slope] = await compute(kind, z, y, 3, fromLogits)
      const [rows, targets] = [rowsOf(z, 3), rowsOf(y, 3)]
      expect(
        distance(
          loss,
          rows.map((row, k) => -sum(targets[k]!.map((each, j) => each * (row[j]! - logSumExp(row))))),
        ),
      ).toBeLessThan(1e-6)
      expect(
        distance(
          slope,
          rows.flatMap((row, k) => softmax(row).map((share, j) => share - targets[k]![j]!)),
        ),
      ).toBeLessThan(1e-6)
    },
  )
})
