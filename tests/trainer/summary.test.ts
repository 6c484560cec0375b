import { expect, test } from 'vitest'
import { ReportSums } from '#main/trainer/run/summary.ts'

const program = {
  columns: [
    'data',
    'penalty:dense1/kernel/l2',
    'output:a',
    'output:b',
    'metric:accuracy',
    'metric:ratio',
    'metric:ratio',
  ],
  metrics: [
    { name: 'accuracy', better: 'higher', from: 4, width: 1, result: ([mean = 0]: readonly number[]) => mean },
    { name: 'ratio', better: 'lower', from: 5, width: 2, result: ([a = 0, b = 0]: readonly number[]) => a / b },
  ],
} as const

test('every row counts alike in the means, and a metric is made from the means of its columns', () => {
  const sums = new ReportSums(program)
  sums.add(Float32Array.of(9, 9, 9, 9, 9, 9, 9, 2, 0.5, 3, 1, 1, 1, 2), 7, 3)
  sums.add(Float32Array.of(4, 1.5, 1, 3, 0, 5, 4), 0, 1)
  const { loss, data, values, penalties } = sums.means()
  expect(data).toBe(2.5)
  expect(penalties).toEqual({ 'dense1/kernel/l2': 0.75 })
  expect(loss).toBe(3.25)
  expect(values).toEqual({ loss: 3.25, data: 2.5, 'a/loss': 2.5, 'b/loss': 1.5, accuracy: 0.75, ratio: 2 / 2.5 })
})

test('sums go on from where they were kept, and begin anew after a reset', () => {
  const first = new ReportSums(program)
  first.add(Float32Array.of(2, 1, 1, 1, 1, 1, 1), 0, 2)
  const second = new ReportSums(program, first.sums, first.rows)
  second.add(Float32Array.of(5, 1, 1, 1, 1, 1, 1), 0, 1)
  expect(second.means().data).toBe(3)
  second.reset()
  expect(second.rows).toBe(0)
  expect(second.means().values).toMatchObject({ loss: Number.NaN, accuracy: Number.NaN })
})
