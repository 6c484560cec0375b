import { describe, expect, test } from 'vitest'
import { definitions } from '#engine/definitions.ts'
import { distance } from '../../support/differences.ts'
import { Bench } from '../../support/hooks.ts'
import { legalValues } from '../../support/settings.ts'

type Params = Readonly<Record<string, unknown>>

/** How often the schedule's steps have gone by. */
function timesOf(done: number, { decaySteps, staircase }: Params): number {
  const times = done / Number(decaySteps)
  return staircase === true ? Math.floor(times) : times
}

/** The learning rate after so many steps, from the formula alone. */
const references: Readonly<Record<string, (rate: number, done: number, params: Params) => number>> = {
  constant: (rate) => rate,
  // keras/src/optimizers/schedules/learning_rate_schedule.py
  exponentialDecay: (rate, done, params) => rate * Number(params.decayRate) ** timesOf(done, params),
  inverseTimeDecay: (rate, done, params) => rate / (1 + Number(params.decayRate) * timesOf(done, params)),
  polynomialDecay: (rate, done, { decaySteps, endLearningRate, power, cycle }) => {
    const steps = Number(decaySteps) * (cycle === true ? Math.max(1, Math.ceil(done / Number(decaySteps))) : 1)
    const left = 1 - (cycle === true ? done : Math.min(done, steps)) / steps
    return (rate - Number(endLearningRate)) * left ** Number(power) + Number(endLearningRate)
  },
  piecewiseConstantDecay: (rate, done, params) => {
    const [boundaries, factors] = [params.boundaries as readonly number[], params.factors as readonly number[]]
    return rate * factors[boundaries.filter((boundary) => done > boundary).length]!
  },
  cosineDecayRestarts: (rate, done, params) => {
    const [first, longer, higher, alpha] = ['firstDecaySteps', 'tMul', 'mMul', 'alpha'].map((name) =>
      Number(params[name]),
    ) as [number, number, number, number]
    let [begin, length, height] = [0, first, 1]
    while (done >= begin + length) [begin, length, height] = [begin + length, length * longer, height * higher]
    return rate * ((1 - alpha) * height * 0.5 * (1 + Math.cos((Math.PI * (done - begin)) / length)) + alpha)
  },
  // torch/optim/lr_scheduler.py, OneCycleLR with two phases
  oneCycle: (rate, done, params) => {
    const [total, rise, start, final] = ['totalSteps', 'riseFraction', 'startDivisor', 'finalDivisor'].map((name) =>
      Number(params[name]),
    ) as [number, number, number, number]
    const between = (from: number, to: number, part: number) =>
      params.anneal === 'cosine' ? to + ((from - to) / 2) * (1 + Math.cos(Math.PI * part)) : from + (to - from) * part
    const [initial, last] = [rate / start, rate / start / final]
    const top = rise * total - 1
    if (done >= total) return last
    if (top > 0 && done <= top) return between(initial, rate, done / top)
    const from = Math.max(top, 0)
    return total - 1 > from ? between(rate, last, (done - from) / (total - 1 - from)) : done > from ? last : rate
  },
  // CosineDecay
  cosineDecay: (rate, done, params) => {
    const [steps, alpha, warmup, from] = ['steps', 'alpha', 'warmupSteps', 'warmupFrom'].map((name) =>
      Number(params[name]),
    ) as [number, number, number, number]
    if (done < warmup) return rate * from + ((rate - rate * from) * done) / warmup
    const completed = Math.min(done - warmup, steps) / steps
    return rate * ((1 - alpha) * 0.5 * (1 + Math.cos(Math.PI * completed)) + alpha)
  },
}

/** Constants of a graph are float32, π among them. */
const roundedConstants = 3 * 2 ** -24

test('every schedule has a formula to be held against', () => {
  expect(Object.keys(references).toSorted()).toEqual(Object.keys(definitions.schedule).toSorted())
})

describe.each(Object.entries(definitions.schedule))('%s', (kind, schedule) => {
  test('gives the learning rate of its formula at every step', () => {
    const reference = references[kind] ?? expect.fail(`${kind} has no formula`)
    for (const params of legalValues(schedule, 8)) {
      const done = [0, 1, 2, 3, 4, 5, 7, 8, 15, 400, 999, 1000, 1001, 2000, 3000, 7000]
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
      ).toBeLessThan(roundedConstants)
    }
  })
})

describe('One cycle is PyTorch’s OneCycleLR', () => {
  // torch 2.13: OneCycleLR(SGD, max_lr=0.1, total_steps=10), the rate of each step.
  const rates = [
    0.004, 0.052, 0.1, 0.09504846320134738, 0.0811745653949763, 0.06112620219362893, 0.03887419780637107,
    0.0188258346050237, 0.004951936798652629, 4e-7,
  ]
  test('in every step', () => {
    const schedule = definitions.schedule.oneCycle!
    const params = { ...legalValues(schedule, 0)[0]!, totalSteps: 10 }
    const computed = rates.map((_, iteration) => {
      const bench = new Bench()
      const learningRate = bench.feed('rate', [], [0.1])
      const hooks = bench.hooks(schedule, params)
      return bench.data(schedule.build({ ...hooks, learningRate, iteration: bench.feed('i', [], [iteration]) }))[0]!
    })
    expect(distance(computed, rates)).toBeLessThan(1e-7)
  })
})

test('a step schedule wants its boundaries in order and one factor more', () => {
  const conflict = (boundaries: readonly number[], factors: readonly number[]) =>
    definitions.schedule.piecewiseConstantDecay!.conflict?.({ boundaries, factors })?.param
  expect(conflict([10, 20], [1, 0.5, 0.1])).toBeUndefined()
  expect(conflict([], [1])).toBeUndefined()
  expect(conflict([10, 20], [1, 0.5])).toBe('factors')
  expect(conflict([20, 10], [1, 0.5, 0.1])).toBe('boundaries')
  expect(conflict([10, 10], [1, 0.5, 0.1])).toBe('boundaries')
})
