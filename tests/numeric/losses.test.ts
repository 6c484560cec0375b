import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import type { LossDefinition } from '#engine/define.ts'
import { definitions, filled } from '#engine/definitions.ts'
import { finish } from '#engine/graph/finish.ts'
import { Builder } from '#engine/ops/builder.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import type { ParamValue } from '#engine/project/project.ts'
import { distance } from '../support/differences.ts'
import { logSumExp, rowsOf, sigmoid, softmax, sum } from '../support/reals.ts'
import { legalValues } from '../support/settings.ts'
import { openGraph } from '../support/runtimes.ts'

interface Outputs {
  /** [rows, width]. */
  readonly z: readonly number[]
  readonly y: readonly number[]
  readonly width: number
}

/** How the outputs are meant: logits, probabilities whose logits are known, or what the loss takes with nothing behind it. */
type Form = 'logits' | 'logits behind predictions' | 'predictions'

/** Loss per row and its gradient by the outputs, in float32 as training computes them. */
async function computeWith(
  loss: LossDefinition,
  params: Readonly<Record<string, ParamValue>>,
  { z, y, width }: Outputs,
  form: Form,
): Promise<[number[], number[]]> {
  const rows = z.length / width
  const g = new Builder('loss')
  const [outputs, target] = [g.input('z', 'float32', [rows, width]), g.input('y', 'float32', [rows, width])]
  const sigmoids = loss.activation === 'sigmoid'
  const behind = form === 'logits behind predictions'
  const perRow = loss.build({
    g,
    params,
    scalar: (name) => g.scalar(Number(params[name])),
    prediction: !behind ? outputs : sigmoids ? g.Sigmoid(outputs) : g.Softmax(outputs),
    logits: (activation) => (behind && activation === (sigmoids ? 'Sigmoid' : 'Softmax') ? outputs : null),
    target,
    fail: (message) => expect.fail(message),
  })
  g.output(perRow, 'loss')
  g.output(gradients(g, g.ReduceSum(perRow, null), [outputs])[0]!, 'slope')
  const run = await openGraph(finish(g.graph))
  const results = await run({ z: tensorOf('float32', [rows, width], z), y: tensorOf('float32', [rows, width], y) })
  return ['loss', 'slope'].map((name) => Array.from(results.get(name)?.data ?? [], Number)) as [number[], number[]]
}

function compute(kind: string, z: readonly number[], y: readonly number[], width: number, fromLogits: boolean) {
  const loss = definitions.loss[kind] ?? expect.fail(`there is no ${kind}`)
  const params = filled(loss, { kind, params: { fromLogits } })
  return computeWith(loss, params, { z, y, width }, fromLogits ? 'logits' : 'logits behind predictions')
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

describe.each(Object.entries(definitions.loss))('%s in float32', (kind, loss) => {
  const width = 3
  /** Every output at an extreme, against a target it agrees with and targets it does not. */
  const extremes = (low: number, high: number): Outputs => {
    const rows = [low, high].flatMap((a) =>
      [low, high].flatMap((b) => [low, 0.5 * (low + high), high].map((c) => [a, b, c])),
    )
    const targets = loss.target === 'value' ? [0, 1, 100] : [1, 0, 0]
    return {
      z: [...rows, ...rows].flat(),
      y: [...rows.map(() => targets), ...rows.map(() => targets.toReversed())].flat(),
      width,
    }
  }
  const places: [Form, Outputs][] =
    loss.activation === 'linear'
      ? [['predictions', extremes(-100, 100)]]
      : loss.activation === 'softplus'
        ? [['predictions', extremes(0, 100)]]
        : [
            // A softmax puts out one 1 and zeros.
            ['predictions', { z: [1, 0, 0, 0, 0, 1, 0, 1, 0], y: [1, 0, 0, 1, 0, 0, 1, 0, 0], width }],
            ['logits behind predictions', extremes(-100, 100)],
            ['logits behind predictions', extremes(-1000, 1000)],
          ]
  if ('fromLogits' in loss.params) places.push(['logits', extremes(-100, 100)], ['logits', extremes(-1000, 1000)])

  test('is finite in value and gradient at the extremes, whatever its settings', async () => {
    for (const params of legalValues(loss, 4)) {
      for (const [form, outputs] of places) {
        const results = await computeWith(
          loss,
          'fromLogits' in params ? { ...params, fromLogits: form === 'logits' } : params,
          outputs,
          form,
        )
        for (const [index, numbers] of results.entries()) {
          const wrong = numbers.filter((each) => !Number.isFinite(each))
          expect(wrong, `${index === 0 ? 'value' : 'gradient'} from ${form} with ${JSON.stringify(params)}`).toEqual([])
        }
      }
    }
  })
})
