import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { buildForward } from '#engine/compile/forward.ts'
import { drawsOf, stepKey } from '#engine/compile/random.ts'
import { finish } from '#engine/graph/finish.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { Builder } from '#engine/ops/builder.ts'
import type { ParamValue, ProjectNode, Setting } from '#engine/project/project.ts'
import { distance } from '../support/differences.ts'
import { evaluate64 } from '../support/evaluate64.ts'
import { count } from '../support/float64/array.ts'
import { chain, setting } from '../support/projects.ts'
import { mean, randoms, rowsOf, sum } from '../support/reals.ts'
import { openGraph } from '../support/runtimes.ts'

type Params = Readonly<Record<string, ParamValue>>

/** A layer alone as training builds it, with real draws: inputs `x`, `seed` and `iteration`. */
function training(kind: string, params: Params, shape: readonly number[]) {
  const g = new Builder('layer')
  const x = g.input('x', 'float32', shape)
  const key = stepKey(g, g.input('seed', 'uint32', []), g.input('iteration', 'int64', []))
  const node = (name: string, own: Params): ProjectNode => ({
    kind: name,
    name,
    params: own,
    position: { x: 0, y: 0 },
  })
  const graph = { nodes: [node('input', {}), node(kind, params)], wires: [{ from: 'input', to: kind }] }
  const surroundings = {
    training: true,
    draws: drawsOf(g, key),
    weight: () => expect.fail(`${kind} has no weights`),
    live: ({ value }: { readonly value: number }) => g.scalar(value),
  }
  const { outputs, issues } = buildForward(g, graph, surroundings, () => x)
  expect(issues).toEqual([])
  g.output(outputs[0]!.prediction, 'y')
  return finish(g.graph)
}

const feedsOf = (shape: readonly number[], data: Float64Array, iteration: number, seed = 5) => ({
  x: tensorOf('float32', shape, [...data]),
  seed: tensorOf('uint32', [], [seed]),
  iteration: tensorOf('int64', [], [iteration]),
})

/** What a layer makes of the same input in each of so many steps. */
async function runs(kind: string, params: Params, shape: readonly number[], x: Float64Array, steps: number) {
  const graph = training(kind, params, shape)
  const run = await openGraph(graph)
  const step = async (iteration: number, seed?: number) => {
    const y = (await run(feedsOf(shape, x, iteration, seed))).get('y')
    return Float64Array.from(y?.data ?? [], Number)
  }
  const all: Float64Array[] = []
  for (let iteration = 0; iteration < steps; iteration++) all.push(await step(iteration))
  return { graph, step, all }
}

interface Moments {
  readonly kind: string
  readonly params: Params
  readonly shape: readonly number[]
  /** Mean and variance of an element, from its own input, all of them and its index. */
  readonly of: (x: number, all: Float64Array, index: number) => readonly [mean: number, variance: number]
}

const rate = 0.3
const dropping = (x: number) => [x, (x * x * rate) / (1 - rate)] as const
const alphaPrime = -1.7580993408473766
const a = ((1 - rate) * (1 + rate * alphaPrime ** 2)) ** -0.5
const mixture = (values: readonly number[]) => {
  const middle = mean(values)
  return [middle, mean(values.map((value) => (value - middle) ** 2))] as const
}
const columnOf = (all: Float64Array, index: number, width: number) =>
  all.filter((_, other) => other % width === index % width)

const moments: readonly Moments[] = [
  { kind: 'dropout', params: { rate }, shape: [6, 4], of: dropping },
  { kind: 'spatialDropout1D', params: { rate }, shape: [6, 3, 2], of: dropping },
  { kind: 'spatialDropout2D', params: { rate }, shape: [4, 2, 2, 3], of: dropping },
  { kind: 'stochasticDepth', params: { rate }, shape: [8, 2, 2], of: dropping },
  { kind: 'gaussianDropout', params: { rate }, shape: [6, 4], of: dropping },
  { kind: 'gaussianNoise', params: { deviation: 0.4 }, shape: [6, 4], of: (x) => [x, 0.16] },
  {
    kind: 'alphaDropout',
    params: { rate },
    shape: [6, 4],
    of: (x) => [a * (1 - rate) * x, a * a * rate * (1 - rate) * (x - alphaPrime) ** 2],
  },
  {
    kind: 'jitter',
    params: { amount: 0.5 },
    shape: [6, 4],
    of: (x, all, index) => [x, 0.25 * mixture([...columnOf(all, index, 4)])[1]],
  },
  {
    kind: 'swapNoise',
    params: { rate },
    shape: [6, 4],
    of: (x, all, index) => {
      const others = [...columnOf(all, index, 4)].filter((value) => value !== x)
      const middle = (1 - rate) * x + rate * mean(others)
      return [middle, (1 - rate) * x * x + rate * mean(others.map((value) => value * value)) - middle ** 2]
    },
  },
  {
    kind: 'featureMasking',
    params: { rate, fill: -1 },
    shape: [6, 4],
    of: (x) => [(1 - rate) * x - rate, rate * (1 - rate) * (x + 1) ** 2],
  },
  {
    kind: 'seriesScale',
    params: { deviation: 0.2 },
    shape: [4, 3, 2],
    of: (x) => [x, 0.04 * x * x],
  },
  {
    kind: 'seriesShift',
    params: { amount: 0.25, fill: 'wrap' },
    shape: [9, 8, 1],
    of: (_, all, index) => {
      const row = Math.floor(index / 8) * 8
      return mixture([-2, -1, 0, 1, 2].map((shift) => all[row + (((index % 8) - shift + 8) % 8)]!))
    },
  },
]

const steps = 4000

describe.each(moments)('$kind', ({ kind, params, shape, of }) => {
  const x = randoms(kind, count(shape), 0.5, 2)

  test('has the mean and the variance of its formula in every element', async () => {
    const { all } = await runs(kind, params, shape, x, steps)
    x.forEach((value, index) => {
      const [middle, variance] = of(value, x, index)
      const drawn = all.map((each) => each[index]!)
      const [observed, spread] = mixture(drawn)
      // Five standard deviations of the mean of that many independent draws.
      expect(Math.abs(observed - middle), `mean of ${index}`).toBeLessThan(5 * Math.sqrt(variance / steps) + 1e-6)
      expect(spread / variance, `variance of ${index}`).toBeGreaterThan(0.87)
      expect(spread / variance, `variance of ${index}`).toBeLessThan(1.13)
    })
  })
})

const everything: readonly Omit<Moments, 'of'>[] = [
  ...moments,
  { kind: 'dropBlock', params: { rate, blockSize: 2 }, shape: [2, 5, 4, 3] },
  { kind: 'timeWarp', params: {}, shape: [3, 9, 2] },
  { kind: 'seriesCrop', params: { kept: 0.6 }, shape: [3, 9, 2] },
  { kind: 'seriesCrop', params: { kept: 0.6, fit: 'pad' }, shape: [3, 9, 2] },
]

test.each(everything)(
  '$kind with $params draws the same bits for the same seed and step, and others for any other',
  async ({ kind, params, shape }) => {
    const x = randoms(kind, count(shape), 0.5, 2)
    const { graph, step, all } = await runs(kind, params, shape, x, 12)
    expect(new Set(all.map((each) => each.join())).size).toBe(12)
    expect(await step(3)).toEqual(all[3])
    expect(await step(3, 6)).not.toEqual(all[3])
    const reference = evaluate64(graph, feedsOf(shape, x, 3)).get('y')
    expect(distance(all[3]!, Float64Array.from(reference?.data ?? [], Number))).toBeLessThan(1e-5)
  },
)

test('what is dropped as a whole is dropped as a whole: channels at all places, branches for all of a row', async () => {
  const whole = [
    ['spatialDropout1D', [4, 6, 3], (index: number) => `${Math.floor(index / 18)} ${index % 3}`],
    ['spatialDropout2D', [4, 2, 3, 3], (index: number) => `${Math.floor(index / 18)} ${index % 3}`],
    ['stochasticDepth', [4, 6, 3], (index: number) => String(Math.floor(index / 18))],
  ] as const
  for (const [kind, shape, groupOf] of whole) {
    const { all } = await runs(kind, { rate: 0.5 }, shape, new Float64Array(count(shape)).fill(1), 20)
    const seen = new Set<number>()
    for (const each of all) {
      const groups = new Map<string, Set<number>>()
      each.forEach((value, index) => {
        const group = groupOf(index)
        groups.set(group, (groups.get(group) ?? new Set()).add(value))
        seen.add(value)
      })
      for (const values of groups.values()) expect(values.size, kind).toBe(1)
    }
    expect(seen).toEqual(new Set([0, 2]))
  }
})

test('alpha dropout leaves numbers of mean 0 and variance 1 as they are on the whole', async () => {
  const x = randoms('standard', 4000, -Math.sqrt(3), Math.sqrt(3))
  const { all } = await runs('alphaDropout', { rate: 0.2 }, [200, 20], x, 20)
  const [middle, variance] = mixture(all.flatMap((each) => [...each]))
  expect(middle).toBeCloseTo(0, 1)
  expect(variance).toBeCloseTo(1, 1)
})

describe('DropBlock', () => {
  const [height, width, block] = [6, 5, 3]
  const shape = [4, height, width, 2]
  const share = (height * width) / block ** 2 / ((height - block + 1) * (width - block + 1))

  test('drops each place as often as any of the corners whose block it is in is drawn, and keeps the sum', async () => {
    const { all } = await runs(
      'dropBlock',
      { rate, blockSize: block },
      shape,
      new Float64Array(count(shape)).fill(1),
      1500,
    )
    const gamma = rate * share
    const corners = (place: number, size: number) => Math.min(place, size - block) - Math.max(0, place - block + 1) + 1
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const expected = 1 - (1 - gamma) ** (corners(y, height) * corners(x, width))
        const dropped = all.map((each) => {
          const places = each.filter(
            (_, index) => Math.floor(index / (2 * width)) % height === y && Math.floor(index / 2) % width === x,
          )
          return mean(places.map((value) => Number(value === 0)))
        })
        expect(Math.abs(mean(dropped) - expected), `${y}, ${x}`).toBeLessThan(0.03)
      }
    }
    for (const each of all) expect(sum(each) / each.length).toBeCloseTo(1, 5)
  })

  test('drops the rate on the whole where blocks are small beside the image', async () => {
    const large = [2, 24, 24, 4]
    const { all } = await runs(
      'dropBlock',
      { rate: 0.1, blockSize: 2 },
      large,
      new Float64Array(count(large)).fill(1),
      60,
    )
    const dropped = mean(all.map((each) => mean(each.map((value) => Number(value === 0)))))
    // A little below: blocks overlap.
    expect(dropped).toBeGreaterThan(0.085)
    expect(dropped).toBeLessThan(0.1)
  })
})

describe('series whose value is the time', () => {
  const series = 40
  const length = 25
  const shape = [series, length, 1]
  const ramp = Float64Array.from({ length: series * length }, (_, index) => index % length)

  test('run forward under a time warp, from the first step to the last, the farther off the larger the deviation', async () => {
    const apart: number[] = []
    for (const deviation of [0.1, 0.5]) {
      const { all } = await runs('timeWarp', { deviation }, shape, ramp, 20)
      const times = all.flatMap((each) => rowsOf(each, length))
      for (const row of times) {
        expect(row[0]).toBe(0)
        expect(row.at(-1)).toBeCloseTo(length - 1, 4)
        row.slice(1).forEach((time, step) => expect(time).toBeGreaterThan(row[step]!))
      }
      apart.push(mean(times.map((row) => Math.max(...row.map((time, step) => Math.abs(time - step))))))
    }
    expect(apart[1]! / apart[0]!).toBeGreaterThan(3.5)
  })

  test('run at the speed of what a crop keeps, from anywhere that leaves room', async () => {
    const { all } = await runs('seriesCrop', { kept: 0.6 }, shape, ramp, 50)
    const rows = all.flatMap((each) => rowsOf(each, length))
    for (const row of rows) expect(row.at(-1)! - row[0]!).toBeCloseTo(0.6 * (length - 1), 3)
    const room = 0.4 * (length - 1)
    const [middle, variance] = mixture(rows.map((row) => row[0]!))
    expect(middle / (room / 2)).toBeCloseTo(1, 1)
    expect(variance / (room ** 2 / 12)).toBeCloseTo(1, 1)
  })
})

describe.each(everything)('a network with $kind', ({ kind, params, shape }) => {
  const row = shape.slice(1)
  const features = count(row)
  const network = (layer: Setting) =>
    compile(
      chain(
        [
          setting('reshape', { shape: row }),
          layer,
          setting('flatten'),
          setting('dense', { units: 2, activation: 'softmax' }),
        ],
        { optimizer: setting('adam', { learningRate: 0.05 }) },
      ),
      { features, classes: 2, targets: 1 },
    )
  const program = network(setting(kind, params))
  const [rows, batch] = [10, 4]
  const x = tensorOf('float32', [rows, features], [...randoms('x', rows * features)])
  const y = tensorOf('int64', [rows], [0, 1, 1, 0, 1, 0, 0, 1, 0, 1])
  const start = new Map([
    ...program.weights.map(
      (spec) =>
        [spec.name, tensorOf('float32', spec.shape, [...randoms(spec.name, count(spec.shape), -1, 1)])] as const,
    ),
    ...program.slots.map(
      ({ name, shape: size, fill }) =>
        [name, tensorOf('float32', size, new Array<number>(count(size)).fill(fill))] as const,
    ),
  ])
  const live = Object.fromEntries(program.live.map(({ name, value }) => [name, tensorOf('float32', [], [value])]))

  /** Weights and state after these slices of steps. */
  async function train(slices: readonly number[], seed: number) {
    const run = await openGraph(program.train(batch))
    let state: ReadonlyMap<string, Tensor> = start
    let done = 0
    for (const length of slices) {
      const order = Array.from({ length: length * batch }, (_, index) => ((done * batch + index) * 3) % rows)
      const iterations = Array.from({ length }, (_, step) => done + step)
      const outputs = await run({
        x,
        y,
        batches: tensorOf('int64', [length, batch], order),
        iterations: tensorOf('int64', [length], iterations),
        seed: tensorOf('uint32', [], [seed]),
        ...live,
        ...Object.fromEntries(state),
      })
      state = new Map([...state.keys()].map((name) => [name, outputs.get(`${name}.next`)!]))
      done += length
    }
    return Object.fromEntries([...state].map(([name, { data }]) => [name, Array.from(data, Number)]))
  }

  test('trains to the same bits however its steps are sliced, and to others for another seed', async () => {
    const whole = await train([4], 1)
    expect(Object.values(whole).flat().every(Number.isFinite)).toBe(true)
    expect(await train([1, 3], 1)).toEqual(whole)
    expect(await train([4], 2)).not.toEqual(whole)
  })

  test('predicts as one without it', async () => {
    const plain = network(setting('activation', { activation: 'linear' }))
    const feeds = { x, ...Object.fromEntries(program.weights.map(({ name }) => [name, start.get(name)!])) }
    const [own, other] = await Promise.all(
      [program, plain].map(async (each) => (await openGraph(each.predict()))(feeds)),
    )
    expect(own).toEqual(other)
    const left = [program.predict(), program.evaluate()].flatMap(({ initializers }) => [...initializers.values()])
    expect(left.filter(({ dtype }) => dtype === 'uint32')).toEqual([])
  })
})
