import { beforeEach, expect, test, vi } from 'vitest'
import { Relay } from '#main/handlers/relay.ts'
import { type EpochMessage, type RunMessage, tellingPause } from '#shared/run.ts'

const weight = { name: 'w', shape: [1], size: 1, zeros: 0, norm: 1, min: 1, max: 1 }

const epoch = (number: number, weights = [weight]): EpochMessage => ({
  type: 'epoch',
  epoch: number,
  train: {},
  validation: null,
  trainInference: null,
  penalties: {},
  live: {},
  learningRate: 0.1,
  seconds: 1,
  best: null,
  weights,
})

const progress = (step: number): RunMessage => ({
  type: 'progress',
  epoch: 1,
  step,
  iteration: step,
  stepsPerSecond: 9,
  secondsLeft: null,
  loss: 1,
  data: 1,
})

const started: RunMessage = {
  type: 'started',
  run: {
    id: 'run',
    epochs: 9,
    stepsPerEpoch: 9,
    rows: { train: 9, validation: 0 },
    parameters: 1,
    penalties: [],
    metrics: [],
    live: [],
    startEpoch: 0,
  },
}

/** A relay, and the batches that it has sent. */
function createRelay() {
  const sent: RunMessage[][] = []
  return { sent, relay: new Relay((messages) => sent.push(messages)) }
}

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

/** How often a relay sends in so many milliseconds while a message comes every 10 ms. */
function sendingsIn(milliseconds: number, { relay, sent }: ReturnType<typeof createRelay>): number {
  const before = sent.length
  for (let passed = 0; passed < milliseconds; passed += 10) {
    relay.add(epoch(passed))
    vi.advanceTimersByTime(10)
  }
  return sent.length - before
}

test('numbers are sent several times a second at first and at least twice a second later', () => {
  const created = createRelay()
  created.relay.add(started)
  const early = sendingsIn(2000, created) / 2
  expect(early).toBeGreaterThan(8)
  expect(early).toBeLessThan(11)
  vi.advanceTimersByTime(5000)
  const later = sendingsIn(4000, created) / 4
  expect(later).toBeGreaterThanOrEqual(2)
  expect(later).toBeLessThan(3)
})

test('what changes the state of a run goes at once, behind all that came before it', () => {
  const { relay, sent } = createRelay()
  relay.add(epoch(1, []))
  relay.add(progress(1))
  relay.add({ type: 'paused', epoch: 2, step: 1 })
  expect(sent).toEqual([[epoch(1, []), progress(1), { type: 'paused', epoch: 2, step: 1 }]])
  vi.advanceTimersByTime(1000)
  expect(sent).toHaveLength(1)
})

test('an epoch goes with the progress just before it', () => {
  const { relay, sent } = createRelay()
  vi.advanceTimersByTime(1000)
  relay.add(progress(9))
  vi.advanceTimersByTime(5)
  relay.add(epoch(1))
  vi.advanceTimersByTime(tellingPause(0))
  expect(sent).toEqual([[progress(9), epoch(1)]])
})

test('of what goes together only the latest progress and the last weights are sent', () => {
  const { relay, sent } = createRelay()
  for (const message of [progress(1), epoch(1), progress(2), epoch(2), progress(3)]) relay.add(message)
  relay.flush()
  expect(sent).toEqual([[epoch(1, []), epoch(2), progress(3)]])
})
