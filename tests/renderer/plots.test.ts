import { describe, expect, test } from 'vitest'
import type { EpochMessage } from '#shared/run.ts'
import { boundaryLevels } from '../../src/renderer/src/plots/boundary.ts'
import { csvOf } from '../../src/renderer/src/plots/csv.ts'
import { pixelsOf } from '../../src/renderer/src/plots/filters.ts'
import { limitsOf, ticksOf } from '../../src/renderer/src/plots/limits.ts'
import { between, moved, scaled } from '../../src/renderer/src/plots/range.ts'
import { ridgesOf } from '../../src/renderer/src/plots/ridges.ts'
import { drawnEpochs, lossSeries, metricSeries, placeSteps } from '../../src/renderer/src/plots/series.ts'
import { svgOf } from '../../src/renderer/src/plots/svg.ts'
import { confusionOf, greatest } from '../../src/renderer/src/run/diagnosis/confusion.ts'

const epoch = (number: number, validated = true): EpochMessage => ({
  type: 'epoch',
  epoch: number,
  train: { loss: 3 / number, data: 2 / number, accuracy: 0.5 },
  validation: validated ? { loss: 4 / number, data: 3 / number, accuracy: 0.4 } : null,
  trainInference: validated ? { loss: 2.5 / number, data: 1.5 / number, accuracy: 0.6 } : null,
  penalties: { 'dense1/kernel/l1': 1 / number },
  live: {},
  learningRate: 0.1,
  seconds: 1,
  best: null,
  weights: [],
})

describe('the loss', () => {
  test('is stacked from data loss and penalties, and the gap is between two losses in inference mode', () => {
    const series = lossSeries([epoch(1), epoch(2)], ['dense1/kernel/l1'])
    expect(series.map(({ id, look }) => [id, look])).toEqual([
      ['data', 'area'],
      ['dense1/kernel/l1', 'area'],
      ['train', 'dotted'],
      ['trainInference', 'line'],
      ['validation', 'dashed'],
    ])
    expect(series[1]?.values).toEqual([1, 0.5])
    expect(series[1]?.tops).toEqual(series[2]?.values)
    expect(series[4]).toMatchObject({ gapTo: 'trainInference', values: [4, 2] })
  })

  test('without validation rows is the line of training alone', () => {
    const series = lossSeries([epoch(1, false)], [])
    expect(series.map(({ id, look }) => [id, look])).toEqual([
      ['data', 'area'],
      ['train', 'line'],
    ])
  })

  test('zoomed in has every step of training beside the epochs of validation', () => {
    const steps = placeSteps(
      {
        from: 10,
        to: 14,
        stride: 1,
        means: { loss: [4, 3, 2, 1], data: [1, 1, 1, 1], l1: [3, 2, 1, 0] },
        least: [],
        greatest: [],
      },
      4,
    )
    expect(steps.at).toEqual([2.75, 3, 3.25, 3.5])
    const [data, l1, train, inference] = lossSeries([epoch(3)], ['l1'], steps)
    expect([data?.at, train?.at, inference?.at]).toEqual([steps.at, steps.at, [3]])
    expect(l1?.tops).toEqual([4, 3, 2, 1])
    expect(metricSeries([epoch(3)], 'accuracy', steps)[0]?.values).toEqual([])
  })

  test('of a stretch takes its epochs and one on either side', () => {
    const epochs = Array.from({ length: 10 }, (_, index) => epoch(index + 1))
    expect(drawnEpochs(epochs, { from: 3.5, to: 5.5 }).map((each) => each.epoch)).toEqual([3, 4, 5, 6])
    expect(drawnEpochs(epochs, null, 4).map((each) => each.epoch)).toEqual([1, 4, 7, 10])
  })
})

describe('a stretch of the run', () => {
  const whole = { from: 0, to: 100 }

  test('grows and shrinks around a place, which stays where it is', () => {
    expect(scaled({ from: 20, to: 60 }, whole, 0.5, 30)).toEqual({ from: 25, to: 45 })
    expect(scaled({ from: 20, to: 60 }, whole, 10, 30)).toBeNull()
  })

  test('stays within the run, as long as it was', () => {
    expect(moved({ from: 20, to: 60 }, whole, 70)).toEqual({ from: 60, to: 100 })
    expect(moved({ from: 20, to: 60 }, whole, -70)).toEqual({ from: 0, to: 40 })
    expect(between(80, 30, whole)).toEqual({ from: 30, to: 80 })
  })
})

describe('axes', () => {
  const drawing = {
    series: metricSeries([epoch(1), epoch(2)], 'loss'),
    ...{ from: 1, end: 2, zoomed: false, marks: [], best: 2, logarithmic: false },
  }

  test('begin at zero, and fit lines without areas where a stretch is shown', () => {
    expect(limitsOf(drawing)).toEqual({ min: 0, max: 5 })
    const { min, max } = limitsOf({ ...drawing, zoomed: true })
    expect([min, max]).toEqual([expect.closeTo(1.25 - 0.1375, 9), expect.closeTo(4 + 0.1375, 9)])
    expect(limitsOf({ ...drawing, logarithmic: true })).toEqual({ min: 0.1, max: 5 })
  })

  test('have round ticks', () => {
    expect(ticksOf(0, 0.8, false)).toEqual([0, 0.2, 0.4, 0.6, 0.8])
    expect(ticksOf(-3, 12, false)).toEqual([0, 5, 10])
    expect(ticksOf(0.01, 5, true)).toEqual([0.01, 0.1, 1])
  })

  test('and lines are in the picture that is handed over, with names escaped', () => {
    const svg = svgOf(
      { ...drawing, series: lossSeries([epoch(1), epoch(2)], ['a<b']) },
      'A & B',
      (property) => property,
    )
    expect(svg).toContain('<title>A &amp; B</title>')
    expect(svg).toContain('a&lt;b')
    expect(svg.match(/<polygon/g)?.length).toBe(3)
    expect(svg).toContain('best 2')
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  })
})

test('a table has a line for each place, and leaves empty what a series does not have there', () => {
  const one = { ...{ id: 'a,b', label: '', color: '', look: 'line' as const }, tops: [] }
  const csv = csvOf([
    { ...one, at: [1, 2], values: [0.5, null] },
    { ...one, id: 'c', at: [1.5, 2], values: [1, 2] },
  ])
  expect(csv).toBe('epoch,"a,b",c\n1,0.5,\n1.5,,1\n2,,2\n')
})

test('ridges share one axis, and a narrow spread stands taller than a wide one of as many', () => {
  const moment = { norm: 1, gradientNorm: null, counts: [2, 2] }
  const { from, to, ridges } = ridgesOf([
    { ...moment, epoch: 1, min: -2, max: 2 },
    { ...moment, epoch: 2, min: 0, max: 0.5 },
    { ...moment, epoch: 3, min: 0, max: 0, counts: [] },
  ])
  expect([from, to, ridges.length]).toEqual([-2, 2, 2])
  const tops = ridges.map(({ points }) => Math.max(...points.map(([, height]) => height)))
  expect(tops).toEqual([0.5, 1])
  expect(ridges[1]?.points[0]).toEqual([0.5, 0])
})

test('a decision boundary becomes few areas, darker where the network is surer, of every point once', () => {
  const levels = boundaryLevels({ values: [0, 0, 1, 1], scores: [0.5, 1, 1, 0.5] })
  expect(levels.map(({ value, cells }) => [value, cells])).toEqual([
    [0, [0]],
    [0, [1]],
    [1, [2]],
    [1, [3]],
  ])
  expect(levels[1]?.opacity).toBeGreaterThan(levels[0]?.opacity ?? 1)
})

test('a filter is grey where it is zero, and black and white at its ends', () => {
  expect([...pixelsOf([-2, 0, 2], 1)]).toEqual([0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255])
  expect([...pixelsOf([1, 0, -1], 3)]).toEqual([255, 128, 0, 255])
})

test('rows are counted by what they are and what they were taken for, and the worst come first', () => {
  expect(confusionOf(2, [0, 1, 1, 0], [0, 0, 1, 0])).toEqual([
    [[0, 3], []],
    [[1], [2]],
  ])
  expect(greatest([1, 5, 5, 2], 3)).toEqual([1, 2, 3])
})
