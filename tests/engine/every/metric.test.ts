import { describe, expect, test } from 'vitest'
import type { MetricDefinition, TargetForm } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import { distance } from '../../support/differences.ts'
import { Bench } from '../../support/hooks.ts'
import { mean, randoms, rowsOf } from '../../support/reals.ts'
import { legalValues } from '../../support/settings.ts'

type Row = (prediction: readonly number[], target: readonly number[], form: TargetForm, threshold: number) => number

const errors = (cost: (error: number) => number): Row => {
  return (prediction, target) => mean(prediction.map((p, k) => cost(p - target[k]!)))
}

/** The metric of one row, from the formula alone. */
const references: Readonly<Record<string, Row>> = {
  accuracy: (prediction, target, form, threshold) => {
    if (form === 'binary') return mean(prediction.map((p, k) => Number(p > threshold === (target[k] === 1))))
    const top = (values: readonly number[]) => values.indexOf(Math.max(...values))
    return Number(top(prediction) === top(target))
  },
  meanAbsoluteError: errors(Math.abs),
  meanSquaredError: errors((e) => e * e),
}

const widths: Readonly<Record<TargetForm, readonly number[]>> = {
  binary: [1, 2],
  oneHot: [2, 3],
  index: [],
  value: [1, 3],
}

function targets(form: TargetForm, rows: number, width: number): number[] {
  if (form === 'value') return Array.from(randoms('metric target', rows * width))
  if (form === 'binary') return Array.from({ length: rows * width }, (_, index) => index % 2)
  return Array.from({ length: rows * width }, (_, index) => Number(index % width === Math.floor(index / width) % width))
}

test('every metric has a formula to be held against', () => {
  expect(Object.keys(references).toSorted()).toEqual(Object.keys(definitions.metric).toSorted())
})

describe.each(Object.entries(definitions.metric))('%s', (kind, metric: MetricDefinition) => {
  test.each(metric.targets)('of %s targets has the value of its formula in every row', (form) => {
    const reference = references[kind] ?? expect.fail(`${kind} has no formula`)
    const rows = 8
    for (const width of widths[form]) {
      const prediction = randoms(`${kind} ${form}`, rows * width, -1, 2)
      const target = targets(form, rows, width)
      for (const threshold of [0, 0.5]) {
        for (const params of legalValues(metric, 2)) {
          const bench = new Bench()
          const values = metric.build({
            ...bench.hooks(metric, params),
            prediction: bench.feed('p', [rows, width], prediction),
            target: bench.feed('y', [rows, width], target),
            form,
            threshold,
          })
          expect(values.shape).toEqual([rows])
          const expected = rowsOf(prediction, width).map((row, index) =>
            reference(row, target.slice(index * width, (index + 1) * width), form, threshold),
          )
          expect(distance(bench.data(values), expected)).toBeLessThan(1e-12)
        }
      }
    }
  })
})
