import { beforeAll, describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { exportModel } from '#engine/compile/exportModel.ts'
import { drawsOf, stepKey } from '#engine/compile/random.ts'
import type { Graph, Tensor } from '#engine/graph/graph.ts'
import { finish } from '#engine/graph/finish.ts'
import { Builder } from '#engine/ops/builder.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { evaluate64 } from '../support/evaluate64.ts'
import { count } from '../support/float64/array.ts'
import { chain, setting } from '../support/projects.ts'
import { mean, randoms, sum } from '../support/reals.ts'
import { openGraph, type Run } from '../support/runtimes.ts'

const [height, width] = [64, 32]
const size = height * width
const steps = 200

const variance = (values: Float64Array) => mean(values.map((value) => value * value)) - mean(values) ** 2

/** How two lists go together, from -1 to 1. */
function correlation(a: Float64Array, b: Float64Array): number {
  const products = a.map((value, index) => value * b[index]!)
  return (mean(products) - mean(a) * mean(b)) / Math.sqrt(variance(a) * variance(b))
}

/** All masks one after the other. */
function joined(masks: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(masks.length * size)
  masks.forEach((each, index) => all.set(each, index * size))
  return all
}

/** The masks of two layers for the step and the rate fed. */
function maskGraph(): Graph {
  const g = new Builder('masks')
  const key = stepKey(g, g.input('seed', 'uint32', []), g.input('iteration', 'int64', []))
  const rate = g.input('rate', 'float32', [])
  for (const layer of ['dropout1', 'dropout2']) g.output(drawsOf(g, key).mask(layer, [height, width], rate), layer)
  return finish(g.graph)
}

const feedsOf = (rate: number, iteration: number, seed: number) => ({
  rate: tensorOf('float32', [], [rate]),
  iteration: tensorOf('int64', [], [iteration]),
  seed: tensorOf('uint32', [], [seed]),
})

describe.each([0.1, 0.5, 0.8])('masks of rate %d', (rate) => {
  let run: Run
  let masks: Float64Array[] = []
  let others: Float64Array[] = []
  const draw = async (iteration: number, seed = 7) => {
    const outputs = await run(feedsOf(rate, iteration, seed))
    return ['dropout1', 'dropout2'].map((name) => Float64Array.from(outputs.get(name)?.data ?? [], Number))
  }

  beforeAll(async () => {
    run = await openGraph(maskGraph())
    const drawn = await Promise.all(Array.from({ length: steps }, (_, step) => draw(step)))
    masks = drawn.map(([first]) => first!)
    others = drawn.map(([, second]) => second!)
  })

  test('are of zeros and ones, and keep what the rate leaves', () => {
    const all = joined(masks)
    expect(new Set(all)).toEqual(new Set([0, 1]))
    // Five standard deviations of the mean of that many independent draws.
    expect(Math.abs(mean(all) - (1 - rate))).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / all.length))
  })

  test('scaled by 1 / (1 − rate) have mean 1 and variance rate / (1 − rate)', () => {
    const scaled = joined(masks).map((kept) => kept / (1 - rate))
    expect(mean(scaled)).toBeCloseTo(1, 2)
    expect(variance(scaled) / (rate / (1 - rate))).toBeCloseTo(1, 1)
  })

  test('keep about as many elements each step as independent draws would, no more evenly and no less', () => {
    const shares = Float64Array.from(masks, mean)
    const expected = (rate * (1 - rate)) / size
    expect(variance(shares) / expected).toBeGreaterThan(0.7)
    expect(variance(shares) / expected).toBeLessThan(1.4)
  })

  test('keep every element about equally often', () => {
    const shares = Float64Array.from({ length: size }, (_, index) => mean(masks.map((each) => each[index]!)))
    const expected = (rate * (1 - rate)) / steps
    expect(variance(shares) / expected).toBeGreaterThan(0.8)
    expect(variance(shares) / expected).toBeLessThan(1.2)
    for (const share of shares) expect(Math.abs(share - (1 - rate))).toBeLessThan(6 * Math.sqrt(expected))
  })

  test('go together neither from step to step, nor between layers, neighbours or rows', () => {
    const bound = 5 / Math.sqrt(steps * size)
    const together = (a: readonly Float64Array[], b: readonly Float64Array[]) =>
      Math.abs(correlation(joined(a), joined(b)))
    const shifted = (by: number) => masks.map((each) => each.map((_, index) => each[(index + by) % size]!))
    expect(together(masks.slice(1), masks.slice(0, -1))).toBeLessThan(bound)
    expect(together(masks, others)).toBeLessThan(bound)
    for (const by of [1, 2, width]) expect(together(masks, shifted(by))).toBeLessThan(bound)
  })

  test('are new every step, and for every seed', async () => {
    expect(new Set(masks.map((each) => each.join(''))).size).toBe(steps)
    const [again] = await draw(3)
    expect(again).toEqual(masks[3])
    const [elsewhere] = await draw(3, 8)
    expect(Math.abs(correlation(elsewhere!, masks[3]!))).toBeLessThan(0.12)
  })

  test('are the same bits in double precision', () => {
    for (const step of [0, 5]) {
      const expected = evaluate64(maskGraph(), feedsOf(rate, step, 7)).get('dropout1')
      expect(masks[step]).toEqual(expected?.data)
    }
  })
})

test('rate 0 keeps everything', async () => {
  const outputs = await (await openGraph(maskGraph()))(feedsOf(0, 1, 7))
  expect(sum(Array.from(outputs.get('dropout1')?.data ?? [], Number))).toBe(size)
})

describe('a network with dropout', () => {
  const rows = 24
  const batch = 4
  const data = { features: 3, classes: 2, targets: 1 }
  const network = (layers: ReturnType<typeof setting>[]) =>
    chain(
      [
        setting('dense', { units: 16, activation: 'tanh' }),
        ...layers,
        setting('dense', { units: 2, activation: 'softmax' }),
      ],
      {
        optimizer: setting('adam', { learningRate: 0.05 }),
      },
    )
  const program = compile(network([setting('dropout', { rate: 0.5 })]), data)
  const start = new Map<string, Tensor>([
    ...program.weights.map(
      ({ name, shape }) => [name, tensorOf('float32', shape, [...randoms(name, count(shape), -1, 1)])] as const,
    ),
    ...program.slots.map(
      ({ name, shape, fill }) =>
        [name, tensorOf('float32', shape, new Array<number>(count(shape)).fill(fill))] as const,
    ),
  ])
  const x = tensorOf('float32', [rows, 3], [...randoms('x', rows * 3)])
  const y = tensorOf(
    'int64',
    [rows],
    Array.from({ length: rows }, (_, row) => row % 2),
  )
  const live = Object.fromEntries(program.live.map(({ name, value }) => [name, tensorOf('float32', [], [value])]))

  /** Weights and optimizer state after these slices of steps. */
  async function train(slices: readonly number[], seed: number) {
    const run = await openGraph(program.train(batch))
    let state: ReadonlyMap<string, Tensor> = start
    let done = 0
    for (const count of slices) {
      const outputs = await run({
        x,
        y,
        batches: tensorOf(
          'int64',
          [count, batch],
          Array.from({ length: count * batch }, (_, index) => ((done * batch + index) * 5) % rows),
        ),
        iterations: tensorOf(
          'int64',
          [count],
          Array.from({ length: count }, (_, step) => done + step),
        ),
        seed: tensorOf('uint32', [], [seed]),
        ...live,
        ...Object.fromEntries(state),
      })
      state = new Map([...state.keys()].map((name) => [name, outputs.get(`${name}.next`)!]))
      done += count
    }
    return Object.fromEntries([...state].map(([name, tensor]) => [name, tensor.data]))
  }

  test('ends in the same bits however its steps are sliced, and in others for another seed', async () => {
    const whole = await train([6], 1)
    expect(await train([1, 2, 3], 1)).toEqual(whole)
    expect(await train([1, 1, 1, 1, 1, 1], 1)).toEqual(whole)
    expect(await train([6], 2)).not.toEqual(whole)
  })

  test('has none of it in evaluation, in prediction and in the export', async () => {
    const plain = compile(network([setting('activation', { activation: 'linear' })]), data)
    const weights = new Map(program.weights.map(({ name }) => [name, start.get(name)!]))
    const feeds = { x, ...Object.fromEntries(weights) }
    const [dropped, linear] = await Promise.all(
      [program, plain].map(async (each) => (await openGraph(each.predict()))(feeds)),
    )
    expect(dropped).toEqual(linear)
    const exported = exportModel(network([setting('dropout', { rate: 0.5 })]), {
      weights,
      preprocessing: {
        columns: ['a', 'b', 'c'].map((name) => ({ name, type: 'number', mean: 0, deviation: 1, fill: 0 })),
        classes: ['no', 'yes'],
        targets: ['y'],
      },
      data,
      opset: 15,
      producerVersion: 'test',
      metadata: {},
    }).graph
    for (const graph of [program.evaluate(), program.predict(), exported]) {
      expect(graph.nodes.filter(({ name }) => name.includes('dropout'))).toEqual([])
      expect(graph.nodes.filter(({ op }) => /Bit|Dropout|Random/.test(op))).toEqual([])
      expect([...graph.initializers.values()].filter(({ dtype }) => dtype === 'uint32')).toEqual([])
    }
  })
})
