import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { drawsOf, randomnessOf, stepKey, type Draws } from '#engine/compile/random.ts'
import type { Graph, Node } from '#engine/graph/graph.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { definitions } from '#engine/definitions.ts'
import { gamma } from '#engine/layers/augmentation/gamma.ts'
import { Builder } from '#engine/ops/builder.ts'
import type { ParamValue, Project, Setting } from '#engine/project/project.ts'
import { distance } from '../support/differences.ts'
import { drawnLayers } from '../support/drawnLayers.ts'
import { evaluateNumbers } from '../support/evaluate64.ts'
import { count } from '../support/float64/array.ts'
import { chain, setting } from '../support/projects.ts'
import { array, mean, randoms, rowsOf } from '../support/reals.ts'
import { legalValues } from '../support/settings.ts'
import { build, compute } from './every/layers/case.ts'
import { flat, imagesOf, movedTo, turned, type Image, type Place } from './every/layers/images.ts'

const countOf = (graph: Graph, op: string) => graph.nodes.filter((node) => node.op === op).length

describe('geometric layers in a row', () => {
  const [rows, columns] = [6, 7] as const
  const shape = [4, rows, columns, 2]
  const x = array(shape, randoms('images', count(shape)))
  const reflecting = { fillMode: 'reflect', interpolation: 'bilinear', fillValue: 0 }

  /** What the layers make of the images, and what they drew for each image, in order of the layers and their draws. */
  function run(layers: readonly Setting[]) {
    const drawn: number[][] = []
    const constant = (g: Builder, sizes: readonly (number | string)[], of: (unit: number) => number) => {
      const numbers = Array.from(randoms(`draw ${drawn.length}`, count(sizes.map(Number)), 0, 1), of)
      drawn.push(numbers)
      return g.initializer('drawn', tensorOf('float32', sizes.map(Number), numbers))
    }
    const draws = (g: Builder): Draws => ({
      mask: (_, sizes) => constant(g, sizes, Math.round),
      uniform: (_, sizes) => constant(g, sizes, Math.fround),
      normal: () => expect.fail('geometry draws no normal numbers'),
    })
    const graph = drawnLayers(layers, shape, { draws })
    return {
      graph,
      values: evaluateNumbers(graph, { x }).data,
      of: (draw: number, image: number) => drawn[draw]![image]!,
    }
  }

  /** Every image with its pixels read at these places. */
  const expected = (of: (image: Image, index: number) => Image) => flat(imagesOf(x).map(of))

  const flips = setting('randomFlip', { mode: 'horizontal' })
  const turns = setting('randomRotation', { factor: 0.15 })
  const moves = setting('randomTranslation', { heightFactor: 0.3, widthFactor: 0.2 })
  const angle = (unit: number) => 2 * Math.PI * 0.15 * (2 * unit - 1)
  const shifted =
    (down: number, right: number): Place =>
    (row, column) => [row - 0.3 * (2 * down - 1) * rows, column - 0.2 * (2 * right - 1) * columns]
  const mirrored =
    (flip: number): Place =>
    (row, column) => [row, flip === 1 ? columns - 1 - column : column]

  test('read every pixel once, where all of them together say', () => {
    const { graph, values, of } = run([flips, turns, moves])
    const all = expected((image, index) => {
      const [last, turn] = [shifted(of(2, index), of(3, index)), turned(image, angle(of(1, index)))]
      return movedTo(image, (...place) => mirrored(of(0, index))(...turn(...last(...place))), reflecting)
    })
    expect(countOf(graph, 'GridSample')).toBe(1)
    expect(countOf(graph, 'Where')).toBe(0)
    expect(distance(values, all)).toBeLessThan(1e-6)
  })

  test('are mirrored by that one reading too, wherever in the row that is', () => {
    const { graph, values, of } = run([turns, flips])
    const all = expected((image, index) => {
      const turn = turned(image, angle(of(0, index)))
      return movedTo(image, (...place) => turn(...mirrored(of(1, index))(...place)), reflecting)
    })
    expect(countOf(graph, 'GridSample')).toBe(1)
    expect(countOf(graph, 'Where')).toBe(0)
    expect(distance(values, all)).toBeLessThan(1e-6)
  })

  test('only mirror pixels where none of them reads between pixels', () => {
    const { graph, values, of } = run([flips, flips])
    expect(countOf(graph, 'GridSample')).toBe(0)
    const both = (index: number) => mirrored((of(0, index) + of(1, index)) % 2)
    expect([...values]).toEqual(expected((image, index) => movedTo(image, both(index), reflecting)))
  })

  test('read again where what is outside changes', () => {
    const black = { ...reflecting, fillMode: 'constant' }
    const { graph, values, of } = run([turns, setting('randomTranslation', { ...moves.params, fillMode: 'constant' })])
    const all = expected((image, index) => {
      const once = movedTo(image, turned(image, angle(of(0, index))), reflecting)
      return movedTo(once, shifted(of(1, index), of(2, index)), black)
    })
    expect(countOf(graph, 'GridSample')).toBe(2)
    expect(distance(values, all)).toBeLessThan(1e-6)
  })
})

/** What Keras 3.15 makes of images when what it draws is given: draws by the names they have here. */
interface Fixture {
  readonly shape: readonly number[]
  readonly input: readonly number[]
  readonly cases: readonly {
    readonly kind: string
    readonly params: Readonly<Record<string, ParamValue>>
    readonly draws: Readonly<Record<string, readonly number[]>>
    readonly output: readonly number[]
  }[]
}

describe('Keras and the engine, given the same draws, agree on', () => {
  const file = new URL('../fixtures/layers/augmentation.json', import.meta.url)
  const { shape, input, cases } = JSON.parse(readFileSync(file, 'utf8')) as Fixture

  test.each(cases)('$kind with $params', ({ kind, params, draws, output }) => {
    const layer = definitions.layer[kind] ?? expect.fail(`there is no ${kind}`)
    const built = build(layer, { inputs: [shape] }, { ...legalValues(layer, 0)[0]!, ...params }, true)
    expect(built.random).toEqual(Object.keys(draws))
    built.feeds['x0'] = array(shape, input)
    for (const [name, numbers] of Object.entries(draws))
      built.feeds[name] = array(built.feeds[name]?.shape ?? [], numbers)
    expect(distance(compute(built).data, output)).toBeLessThan(2e-6)
  })
})

describe('over many images, with the draws of a real step,', () => {
  const many = 4000

  /** What a layer makes of so many times the same image. */
  function results(layer: Setting, sizes: readonly number[], image: readonly number[], step = 3): number[][] {
    const shape = [many, ...sizes]
    const x = array(
      shape,
      Array.from({ length: count(shape) }, (_, at) => image[at % image.length]!),
    )
    return rowsOf(evaluateNumbers(drawnLayers([layer], shape, { step }), { x }).data, image.length)
  }
  const share = (rows: readonly number[][], of: (row: readonly number[]) => boolean) =>
    rows.filter((row) => of(row)).length / rows.length
  const spread = (values: readonly number[]) => {
    const middle = mean(values)
    return mean(values.map((value) => (value - middle) ** 2))
  }
  /** How far a share may be from its probability: five standard deviations. */
  const luck = 5 * Math.sqrt(0.25 / many)

  test('a flip is as likely as none, in each direction apart', () => {
    const rows = results(setting('randomFlip'), [2, 2, 1], [1, 2, 3, 4])
    for (const way of ['1234', '2143', '3412', '4321'])
      expect(Math.abs(share(rows, (row) => row.join('') === way) - 1 / 4)).toBeLessThan(luck)
  })

  test('each step and each seed flips others', () => {
    const flips = (step: number) => results(setting('randomFlip', { mode: 'vertical' }), [2, 1, 1], [0, 1], step).flat()
    const [once, again, next] = [flips(3), flips(3), flips(4)]
    expect(once).toEqual(again)
    expect(Math.abs(mean(once.map((value, at) => Number(value === next[at]))) - 1 / 2)).toBeLessThan(luck)
  })

  test('brightness is added evenly between its ends', () => {
    const added = results(setting('randomBrightness', { factor: 0.2, valueRange: [0, 1] }), [1, 1, 1], [0.5]).flat()
    expect(mean(added)).toBeCloseTo(0.5, 2)
    expect(spread(added) / (0.2 ** 2 / 3)).toBeCloseTo(1, 1)
    expect(Math.min(...added)).toBeGreaterThanOrEqual(0.3)
    expect(Math.max(...added)).toBeLessThanOrEqual(0.7)
  })

  test('moves are evenly spread to both sides', () => {
    const ramp = Array.from({ length: 21 }, (_, at) => at)
    const layer = setting('randomTranslation', { heightFactor: 0, widthFactor: 0.2 })
    const moved = results(layer, [1, 21, 1], ramp).map((row) => 10 - row[10]!)
    expect(Math.abs(mean(moved))).toBeLessThan(0.15)
    expect(spread(moved) / (4.2 ** 2 / 3)).toBeCloseTo(1, 1)
  })

  test('angles are evenly spread, both ways', () => {
    const columns = Array.from({ length: 9 }, (_, at) => (at % 3) - 1)
    const below = results(setting('randomRotation', { factor: 0.125 }), [3, 3, 1], columns).map((row) => row[7]!)
    // Below the middle there is -sin θ, θ from -π/4 to π/4; its square has the mean 1/2 - 1/π.
    expect(Math.abs(mean(below))).toBeLessThan(0.03)
    expect(mean(below.map((sine) => sine ** 2))).toBeCloseTo(1 / 2 - 1 / Math.PI, 2)
  })

  test('every window of a crop is as likely', () => {
    const rows = results(setting('randomCrop', { height: 2, width: 1 }), [4, 1, 1], [0, 1, 2, 3])
    const starts = rowsOf(rows.flat(), 2).map(([first]) => first)
    for (const start of [0, 1, 2])
      expect(Math.abs(mean(starts.map((value) => Number(value === start))) - 1 / 3)).toBeLessThan(luck)
  })

  test.each(['randomInvert', 'randomErasing', 'cutOut'])('%s acts as often as it should', (kind) => {
    const given = kind === 'randomErasing' ? { scale: [1, 1], fillValue: 2 } : {}
    const own = kind === 'cutOut' ? { fillValue: 2, size: 20 } : { valueRange: [0, 1], ...given }
    const rows = results(setting(kind, { factor: 0.3, ...own }), [3, 3, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1])
    expect(Math.abs(share(rows, ([first]) => first !== 1) - 0.3)).toBeLessThan(luck)
  })

  test('what is erased is as large as the scale says', () => {
    const layer = setting('randomErasing', { factor: 1, scale: [0.1, 0.4], fillValue: 1, valueRange: [0, 1] })
    const size = 12
    const covered = results(layer, [size, size, 1], new Array<number>(size ** 2).fill(0)).map(mean)
    // The mean of a side is that of √u, u from 0.1 to 0.4.
    const side = ((2 / 3) * (0.4 ** 1.5 - 0.1 ** 1.5)) / 0.3
    expect(mean(covered) / side ** 2).toBeCloseTo(1, 1)
  })

  test.each([0.3, 1, 2.5])('a gamma distribution of shape %d has that mean and variance', (alpha) => {
    const g = new Builder('gamma')
    const draws = drawsOf(g, stepKey(g, g.scalar(1, 'uint32'), g.scalar(2, 'int64')))
    g.output(gamma({ g, ...randomnessOf(g, draws, 'layer') }, [20_000], alpha), 'y')
    const numbers = [...evaluateNumbers(g.graph, {}).data]
    expect(mean(numbers) / alpha).toBeCloseTo(1, 1)
    expect(spread(numbers) / alpha).toBeCloseTo(1, 1)
    expect(Math.min(...numbers)).toBeGreaterThan(0)
  })
})

describe('a network of convolutions', () => {
  const image = setting('reshape', { shape: [28, 28, 1] })
  const layers = [
    setting('conv2D', { filters: 32, activation: 'relu', padding: 'same' }),
    setting('maxPooling2D'),
    setting('conv2D', { filters: 64, activation: 'relu', padding: 'same' }),
    setting('flatten'),
    setting('dense', { units: 10 }),
  ]
  const augmentation = ['randomFlip', 'randomRotation', 'randomTranslation', 'randomBrightness'].map((kind) =>
    setting(kind),
  )
  const data = { features: 784, classes: 10, targets: 1 }
  const programOf = (project: Project) => compile(project, data)
  const plain = programOf(chain([image, ...layers], {}))
  const augmented = programOf(chain([image, ...augmentation, ...layers], {}))

  test('predicts as if it had no augmentation', () => {
    const operations = (graph: Graph) => graph.nodes.map(({ op }) => op)
    expect(operations(augmented.predict())).toEqual(operations(plain.predict()))
  })

  test('is trained by the same convolutions behind its augmentation, which is one reading of pixels', () => {
    const bodyOf = (graph: Graph): readonly Node[] => {
      const body = graph.nodes.find(({ op }) => op === 'Scan')?.attributes['body']
      return body?.type === 'graph' ? body.value.nodes : expect.fail('a train graph runs its steps in a Scan')
    }
    const [without, withIt] = [plain, augmented].map((program) => bodyOf(program.train(8, { block: 16 })))
    const count = (nodes: readonly Node[] | undefined, ops: readonly string[]) =>
      ops.map((op) => nodes?.filter((node) => node.op === op).length)
    const convolving = ['Conv', 'ReorderInput', 'ReorderOutput', 'MaxPool']
    expect(count(withIt, convolving)).toEqual(count(without, convolving))
    expect(count(withIt, ['GridSample'])).toEqual([1])
    // One to the channels-first images that are read, one back, and one number for each image.
    const [before, after] = [without, withIt].map((nodes) => count(nodes, ['Transpose'])[0] ?? 0)
    expect(after! - before!).toBeLessThanOrEqual(3)
  })
})
