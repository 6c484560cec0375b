import { describe, expect, test } from 'vitest'
import { activationKinds, applyActivation, type ActivationKind } from '#engine/activations.ts'
import { definitions } from '#engine/definitions.ts'
import { finish } from '#engine/graph/finish.ts'
import { Builder } from '#engine/ops/builder.ts'
import { distance } from '../../support/differences.ts'
import { evaluateNumbers } from '../../support/evaluate64.ts'
import { array, logSumExp, randoms, rowsOf } from '../../support/reals.ts'
import { activations } from './layers/activations.ts'

function apply(kind: ActivationKind, shape: readonly number[], x: Float64Array): Float64Array {
  const g = new Builder('activation')
  g.output(applyActivation(g, kind, g.input('x', 'float32', shape)), 'y')
  return evaluateNumbers(finish(g.graph), { x: array(shape, x) }).data
}

describe('the activation', () => {
  test('has a line in the formula of its layer, whichever it is', () => {
    const lines = definitions.layer.activation?.formula?.split('\n') ?? []
    expect(lines.map((line) => line.split(':')[0])).toEqual(activationKinds)
  })

  const overAnAxis: readonly ActivationKind[] = ['softmax', 'log_softmax']

  test.each(activationKinds.filter((kind) => !overAnAxis.includes(kind)))(
    '%s has the values of its formula',
    (kind) => {
      const formula = activations[kind] ?? expect.fail(`${kind} has no formula`)
      const x = Float64Array.from([...randoms(kind, 40, -8, 8), ...randoms(`${kind} near 0`, 40, -1, 1)])
      const y = apply(kind, [x.length], x)
      // Each by its own size, or a large number would hide the others.
      x.forEach((value, index) => expect(distance([y[index]!], [formula(value)]), `at ${value}`).toBeLessThan(2e-7))
    },
  )

  test.each(overAnAxis)('%s makes shares of the last axis', (kind) => {
    const x = randoms(kind, 24)
    const y = apply(kind, [2, 3, 4], x)
    const logs = rowsOf(x, 4).flatMap((row) => row.map((value) => value - logSumExp(row)))
    expect(distance(y, kind === 'softmax' ? logs.map(Math.exp) : logs)).toBeLessThan(1e-12)
  })
})
