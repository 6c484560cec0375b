import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import type { DataShape } from '#engine/compile/program.ts'
import type { ClassRows, ColumnGroup } from '#engine/define.ts'
import { createRandom } from '#engine/random.ts'
import type { Project, Setting } from '#engine/project/project.ts'
import { balancedSampling } from '#engine/regularizers/balancedSampling.ts'
import { smote } from '#engine/regularizers/smote.ts'
import { chain, setting } from '../support/projects.ts'
import { randoms, sum } from '../support/reals.ts'

/** As many rows of each class as these counts say, mixed. */
function classesOf(counts: readonly number[]): Uint32Array {
  const ordered = counts.flatMap((count, own) => new Array<number>(count).fill(own))
  return Uint32Array.from(ordered, (_, row) => ordered[(row * 7) % ordered.length]!)
}

const times = (rows: Iterable<number>, count: number) => {
  const found = new Array<number>(count).fill(0)
  for (const row of rows) found[row]! += 1
  return found
}

describe('balanced sampling', () => {
  const counts = [31, 4, 10]
  const classes = classesOf(counts)
  const drawn = (draws: 'even' | 'independent', epoch: number) =>
    balancedSampling.order!({ params: { draws }, classes, random: createRandom(5, `order/${epoch}`) })

  test('draws each class equally often in every epoch, and no row once more before the others have come', () => {
    for (let epoch = 0; epoch < 20; epoch++) {
      const rows = drawn('even', epoch)
      expect(
        times(
          Array.from(rows, (row) => classes[row]!),
          3,
        ),
      ).toEqual([15, 15, 15])
      const each = times(rows, classes.length)
      counts.forEach((count, own) => {
        const of = each.filter((_, row) => classes[row] === own)
        expect([Math.floor(15 / count), Math.ceil(15 / count)]).toEqual([Math.min(...of), Math.max(...of)])
      })
    }
  })

  test('gives the rows that do not go around to other classes from epoch to epoch', () => {
    const odd = classesOf([31, 4, 11])
    const shares = Array.from({ length: 60 }, (_, epoch) => {
      const random = createRandom(5, `order/${epoch}`)
      const rows = balancedSampling.order!({ params: { draws: 'even' }, classes: odd, random })
      return times(
        Array.from(rows, (row) => odd[row]!),
        3,
      )
    })
    expect(new Set(shares.map((share) => share.join()))).toEqual(new Set(['16,15,15', '15,16,15', '15,15,16']))
  })

  test('mixes the classes, so that every batch has some of each', () => {
    const rows = drawn('even', 0)
    const changes = Array.from(rows).filter((row, at) => at > 0 && classes[row] !== classes[rows[at - 1]!])
    expect(changes.length).toBeGreaterThan(20)
  })

  test('draws each class equally often on average where draws are independent', () => {
    const all = Array.from({ length: 200 }, (_, epoch) =>
      times(
        Array.from(drawn('independent', epoch), (row) => classes[row]!),
        3,
      ),
    )
    const totals = [0, 1, 2].map((own) => sum(all.map((each) => each[own]!)))
    for (const total of totals) expect(Math.abs(total - 3000)).toBeLessThan(4.5 * Math.sqrt(2000))
    expect(all.some(([first]) => first !== 15)).toBe(true)
  })

  test('leaves out classes without rows', () => {
    const some = Uint32Array.of(2, 2, 0, 2)
    const rows = balancedSampling.order!({ params: { draws: 'even' }, classes: some, random: createRandom(1, '') })
    expect(
      times(
        Array.from(rows, (row) => some[row]!),
        3,
      ),
    ).toEqual([2, 0, 2])
  })
})

describe('SMOTE', () => {
  const [counts, width] = [[40, 9, 25], 5]
  const classes = classesOf(counts)
  const categories: ColumnGroup[] = [{ from: 2, size: 3 }]
  const chosen = Array.from(classes, (_, row) => (row * row) % 4)
  const features = Float32Array.from(randoms('features', classes.length * width))
  // The fourth category is one that training has not seen: no 1 at all.
  classes.forEach((_, row) => [0, 1, 2].forEach((at) => (features[row * width + 2 + at] = Number(chosen[row] === at))))
  const made = (params: { neighbours: number; ratio: number }, groups = categories): ClassRows =>
    smote.synthesize!({ params, classes, features, width, categories: groups, random: createRandom(3, 'synthesize') })
  const rowOf = (from: Float32Array, row: number) => Array.from(from.subarray(row * width, (row + 1) * width))

  /** The slow way: distances to all rows of the class, sorted. */
  function neighboursOf(row: number, count: number): readonly number[] {
    const own = Array.from(classes.keys()).filter((other) => classes[other] === classes[row])
    const deviations = [0, 1].map((column) => {
      const values = own.map((other) => features[other * width + column]!)
      const center = sum(values) / values.length
      return Math.sqrt(sum(values.map((value) => (value - center) ** 2)) / values.length)
    })
    const median = (deviations[0]! + deviations[1]!) / 2
    const distance = (other: number) =>
      sum([0, 1].map((column) => (features[row * width + column]! - features[other * width + column]!) ** 2)) +
      (chosen[row] === chosen[other] ? 0 : median ** 2)
    return own
      .filter((other) => other !== row)
      .sort((one, other) => distance(one) - distance(other))
      .slice(0, count)
  }

  /** How far a point is from the line between two rows, and whether it lies between them. */
  function onSegment(point: readonly number[], from: number, to: number): boolean {
    const [a, b] = [rowOf(features, from), rowOf(features, to)]
    const way = [0, 1].map((column) => b[column]! - a[column]!)
    const gone = [0, 1].map((column) => point[column]! - a[column]!)
    const part = (gone[0]! * way[0]! + gone[1]! * way[1]!) / (way[0]! ** 2 + way[1]! ** 2)
    const apart = Math.hypot(gone[0]! - part * way[0]!, gone[1]! - part * way[1]!)
    return part > -1e-6 && part < 1 + 1e-6 && apart < 1e-6
  }

  test.each([1, 5])(
    'makes rows on the segments between rows and their %i nearest neighbours of the same class',
    (neighbours) => {
      const { features: numbers, classes: own } = made({ neighbours, ratio: 1 })
      expect(times(own, 3)).toEqual([0, 31, 15])
      own.forEach((each, index) => {
        const point = rowOf(numbers, index)
        const bases = Array.from(classes.keys()).filter((row) => classes[row] === each)
        const pairs = bases.flatMap((base) => neighboursOf(base, neighbours).map((other) => ({ base, other })))
        const fitting = pairs.filter(({ base, other }) => onSegment(point, base, other))
        expect(fitting.length, `row ${index}`).toBeGreaterThan(0)
        // The category is what most of the neighbours of a base have; of equals, that of the nearest.
        const votes = fitting.map(({ base }) => {
          const voters = neighboursOf(base, neighbours).map((row) => chosen[row]!)
          const counted = voters.map((vote) => voters.filter((other) => other === vote).length)
          return voters[counted.indexOf(Math.max(...counted))]!
        })
        expect(votes.map((vote) => [0, 1, 2].map((at) => Number(vote === at)))).toContainEqual(point.slice(2))
      })
    },
  )

  test('starts from every row of a class as often as from every other, but for one', () => {
    const { features: numbers, classes: own } = made({ neighbours: 1, ratio: 1 })
    const bases = Array.from(classes.keys()).filter((row) => classes[row] === 1)
    const points = Array.from(own.keys()).filter((row) => own[row] === 1)
    // With one neighbour each row has one segment; those shared by two rows are counted for both.
    const onSegments = bases.map((base) => {
      const [other] = neighboursOf(base, 1)
      return points.filter((row) => onSegment(rowOf(numbers, row), base, other!)).length
    })
    for (const count of onSegments) expect(count).toBeGreaterThanOrEqual(3)
  })

  test('fills up classes to a part of the largest and leaves larger ones alone', () => {
    expect(times(made({ neighbours: 5, ratio: 0.5 }).classes, 3)).toEqual([0, 11, 0])
    expect(made({ neighbours: 5, ratio: 0.2 }).classes.length).toBe(0)
  })

  test('gives the category of the nearest neighbour where each has another', () => {
    const [none, a, b, c] = [
      [0, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ] as const
    const usual = Array.from({ length: 6 }, (_, row) => [row, ...none])
    const rows = [...usual, [0, ...c], [1, ...a], [3, ...b]]
    const filled = smote.synthesize!({
      params: { neighbours: 2, ratio: 1 },
      classes: Uint32Array.from(rows, (_, row) => Number(row >= 6)),
      features: Float32Array.from(rows.flat()),
      width: 4,
      categories: [{ from: 1, size: 3 }],
      random: createRandom(2, ''),
    })
    const given = Array.from({ length: 3 }, (_, row) => Array.from(filled.features.subarray(row * 4 + 1, row * 4 + 4)))
    expect(given.toSorted().reverse()).toEqual([a, a, c])
  })

  test('repeats the row of a class that has only one', () => {
    const alone = smote.synthesize!({
      params: { neighbours: 5, ratio: 1 },
      classes: Uint32Array.of(0, 0, 0, 1),
      features: Float32Array.of(1, 0, 2, 0, 3, 1, 7, 1),
      width: 2,
      categories: [{ from: 1, size: 1 }],
      random: createRandom(1, ''),
    })
    expect(alone).toEqual({ features: Float32Array.of(7, 1, 7, 1), classes: Uint32Array.of(1, 1) })
  })
})

describe('a program', () => {
  const dense = (...regularizers: readonly Setting[]): Project =>
    chain([setting('dense', { units: 3, activation: 'softmax' })], { regularizers })
  const data: DataShape = { features: 2, classes: 3, targets: 1 }

  test('has the techniques that draw and that make rows, or none', () => {
    expect(compile(dense(), data)).toMatchObject({ order: null, synthesize: null })
    const both = compile(dense(setting('smote'), setting('balancedSampling')), data)
    expect(both.order).toMatchObject({ path: 'training/regularizers/1', node: 'dense1' })
    expect(both.synthesize).toMatchObject({ path: 'training/regularizers/0', node: 'dense1' })
    const classes = Uint32Array.of(0, 0, 0, 0, 1, 2)
    const rows = both.order?.rows(classes, createRandom(1, ''))
    expect(
      times(
        Array.from(rows ?? [], (row) => classes[row]!),
        3,
      ),
    ).toEqual([2, 2, 2])
  })

  test.each([
    [
      'balancedSampling',
      'Balanced sampling says which rows an epoch has, and so does Balanced sampling before it; remove one of them.',
    ],
    ['smote', 'SMOTE says which rows are added, and so does SMOTE before it; remove one of them.'],
  ])('refuses %s twice', (kind, message) => {
    expect(() => compile(dense(setting(kind), setting(kind)), data)).toThrow(`The run: ${message}`)
  })

  test('refuses new rows where rows have weights', () => {
    expect(() => compile(dense(setting('smote')), { ...data, rowWeights: true })).toThrow(
      'SMOTE makes rows that have no weight, and others have one; remove it, or the role "weight".',
    )
  })

  test('refuses new rows between words', () => {
    const words = chain(
      [
        setting('embedding', { inputDim: 9, outputDim: 2 }),
        setting('flatten'),
        setting('dense', { units: 3, activation: 'softmax' }),
      ],
      { regularizers: [setting('smote')] },
    )
    expect(() => compile(words, data)).toThrow(
      'SMOTE makes rows between others, and input takes numbers of words; remove it.',
    )
  })

  test('refuses new rows for several outputs', () => {
    const project = dense(setting('smote'))
    const [input, first] = project.graph.nodes
    const second = { ...first!, name: 'dense2' }
    const graph = {
      nodes: [input!, first!, second],
      wires: [first!, second].map(({ name }) => ({ from: 'input', to: name })),
    }
    const shape = { classes: 3, targets: 1 }
    const both = { ...data, outputs: { dense1: shape, dense2: shape } }
    expect(() => compile({ ...project, graph }, both)).toThrow(
      'SMOTE makes rows of one class, and the network has several outputs; remove it.',
    )
  })
})
