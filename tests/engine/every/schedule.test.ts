import { describe, expect, test } from 'vitest'
import { definitions } from '#engine/definitions.ts'
import { distance } from '../../support/differences.ts'
import { Bench } from '../../support/hooks.ts'
import { legalValues } from '../../support/settings.ts'

type Params = Readonly<Record<string, unknown>>

/** The learning rate after so many steps, from the formula alone. */
const references: Readonly<Record<string, (rate: number, done: number, params: Params) => number>> = {
  constant: (rate) => rate,
  // keras/src/optimizers/schedules/learning_rate_schedule.py, CosineDecay
  cosineDecay: (rate, done, params) => {
    const [steps, alpha, warmup, from] = ['steps', 'alpha', 'warmupSteps', 'warmupFrom'].map((name) =>
      Number(params[name]),
    ) as [number, number, number, number]
    if (done < warmup) return rate * from + ((rate - rate * from) * done) / warmup
    const completed = Math.min(done - warmup, steps) / steps
    return rate * ((1 - alpha) * 0.5 * (1 + Math.cos(Math.PI * completed)) + alpha)
  },
}

test('every schedule has a formula to be held against', () => {
  expect(Object.keys(references).toSorted()).toEqual(Object.keys(definitions.schedule).toSorted())
})

describe.each(Object.entries(definitions.schedule))('%s', (kind, schedule) => {
  test('gives the learning rate of its formula at every step', () => {
    const reference = references[kind] ?? expect.fail(`${kind} has no formula`)
    for (const params of legalValues(schedule, 8)) {
      const done = [0, 1, 2, 3, 5, 8, 400, 1000, 5000]
      const rates = done.map((iteration) => {
        const bench = new Bench()
        const rate = schedule.build({
          ...bench.hooks(schedule, params),
          learningRate: bench.feed('rate', [], [0.25]),
          iteration: bench.feed('iteration', [], [iteration]),
        })
        expect(rate.shape).toEqual([])
        return bench.data(rate)[0]!
      })
      expect(
        distance(
          rates,
          done.map((iteration) => reference(0.25, iteration, params)),
        ),
      ).toBeLessThan(1e-7)
    }
  })
})
