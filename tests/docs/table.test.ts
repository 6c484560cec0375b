import { describe, expect, test } from 'vitest'
import { type Configuration, bestOf, type Results } from '../../scripts/docs/results.ts'
import { tableOf } from '../../scripts/docs/table.ts'

const setup = { train: 200, validation: 400, test: 1197, epochs: 60, steps: 420, seeds: 3, searchSeeds: 2 }

const configuration = (changes: Partial<Configuration>): Configuration => ({
  technique: null,
  title: 'Nothing',
  network: 'dense',
  params: {},
  validation: [0.9, 0.9, 0.9],
  test: [0.9, 0.91, 0.92],
  ...changes,
})
const l2 = (changes: Partial<Configuration>) => configuration({ technique: 'regularizer/l2', title: 'L2', ...changes })

const tableWith = (...configurations: readonly Configuration[]): string => {
  const results: Results = {
    setup,
    networks: [{ name: 'dense', title: '64 → 10' }],
    configurations: [configuration({}), ...configurations],
    unfit: [],
  }
  return tableOf(results)
}

describe('the table of results', () => {
  test('gives means with standard errors, and differences seed by seed', () => {
    // Accuracies 90, 91, 92: mean 91, deviation 1, standard error 1 / √3 = 0.577.
    // Differences 1, 2, 3: mean 2, standard error 0.577, which is more than twice that from 0.
    const table = tableWith(l2({ test: [0.91, 0.93, 0.95] }))
    expect(table).toContain('| dense: 64 → 10 | 91.0 ± 0.6 |')
    expect(table).toContain('| 93.0 ± 1.2 | +2.0 ± 0.6 | nothing to search |  |  | **helps** |')
  })

  test('says of what is within twice its standard error that it makes no clear difference, and of what is worse that it hurts', () => {
    expect(tableWith(l2({ test: [0.9, 0.93, 0.9] }))).toContain('| no clear difference |')
    expect(tableWith(l2({ test: [0.8, 0.82, 0.81] }))).toContain('| hurts |')
    expect(tableWith(l2({}))).toContain('| changes nothing here |')
  })

  test('tells how often training diverged instead of a mean', () => {
    expect(tableWith(l2({ test: [0.9, null, null] }))).toContain('| diverged in 2 of 3 |')
  })

  test('chooses by validation rows alone, over the seeds of the search, and the default of two alike', () => {
    const preset = l2({ validation: [0.9, 0.9, 0.9], test: [0.9, 0.9, 0.9] })
    const better = l2({ params: { strength: 0.1 }, validation: [0.92, 0.91], test: [0.5, 0.5, 0.5] })
    const alike = l2({ params: { strength: 1 }, validation: [0.9, 0.9], test: [1, 1, 1] })
    const luckyLater = l2({ params: { strength: 2 }, validation: [0.9, 0.89, 1], test: [1, 1, 1] })
    expect(bestOf([preset, alike, luckyLater], 2)).toBe(preset)
    expect(bestOf([preset, alike, better], 2)).toBe(better)
    expect(tableWith(preset, better)).toContain('| `strength` 0.1 | 50.0 ± 0.0 | −41.0 ± 0.6 | hurts |')
  })
})
