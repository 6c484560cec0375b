import { defineRegularizer, type ColumnGroup } from '../define.ts'
import { integer, number } from '../params.ts'
import { shuffled } from '../random.ts'
import { rowsOfClass } from './rowsOfClass.ts'

export const smote = defineRegularizer({
  kind: 'smote',
  title: 'SMOTE',
  doc: 'Adds rows of rare classes to the training part before the run, each between a row and one of its nearest neighbours of the same class.',
  reference: 'Chawla et al. 2002, https://doi.org/10.1613/jair.953, with categories as in its section 6.1 (SMOTE-NC)',
  formula:
    'rows of a class afterwards: max(n_k, ratio · n_max)\na new row: x + u (y − x), u uniform from 0 to 1, y one of the nearest neighbours of x of its class\ncategories: what most of the neighbours have; a different one counts in distances as the median deviation of the columns of numbers',
  conventions: {
    keras: 'Nothing built in; imbalanced-learn before model.fit',
    pytorch: 'Nothing built in; imbalanced-learn before the DataLoader',
    matlab: 'Nothing in the toolboxes; File Exchange has several',
  },
  places: ['training'],
  params: {
    neighbours: integer({
      title: 'Neighbours',
      doc: 'How many of the nearest rows of its class a row may be joined with; all others where a class has fewer, and a class of one row repeats it.',
      default: 5,
      min: 1,
      sensible: [3, 10],
    }),
    ratio: number({
      title: 'Ratio',
      doc: 'How many rows a class has afterwards at least, as a part of the rows of the largest.',
      default: 1,
      min: 0,
      max: 1,
      exclusiveMin: true,
      sensible: [0.2, 1],
    }),
  },
  synthesize: ({ params, classes, features, width, categories, random }) => {
    const members = rowsOfClass(classes)
    const most = Math.max(0, ...[...members.values()].map(({ length }) => length))
    const missing = [...members].map(([own, rows]) => ({
      own,
      rows,
      count: Math.max(0, Math.round(params.ratio * most) - rows.length),
    }))
    const total = missing.reduce((sum, { count }) => sum + count, 0)
    const added = { features: new Float32Array(total * width), classes: new Uint32Array(total) }
    let filled = 0
    for (const { own, rows, count } of missing) {
      const space = spaceOf(features, width, categories, rows)
      const known = new Map<number, Uint32Array>()
      let bases: Uint32Array = new Uint32Array()
      for (let index = 0; index < count; index++, filled++) {
        // Every row of the class is the base of as many as every other, but for one.
        if (index % rows.length === 0) bases = shuffled(rows.length, random)
        const base = bases[index % rows.length] ?? 0
        const near = known.get(base) ?? space.nearest(base, params.neighbours)
        known.set(base, near)
        const other = near[Math.floor(random.uniform() * near.length)] ?? base
        const row = added.features.subarray(filled * width, (filled + 1) * width)
        space.between(base, other, random.uniform(), row)
        space.vote(near.length > 0 ? near : Uint32Array.of(base), row)
        added.classes[filled] = own
      }
    }
    return added
  },
})

/** The rows of one class, numbered from 0, as points. */
interface Space {
  /** The nearest other rows, the nearest first; of equals the one that comes first. */
  nearest(base: number, count: number): Uint32Array
  /** Writes the numbers of the row a part of the way from one to another. */
  between(from: number, to: number, part: number, row: Float32Array): void
  /** Writes the category that most of some rows have, and of equals the one that comes first among them. */
  vote(rows: Uint32Array, row: Float32Array): void
}

function spaceOf(features: Float32Array, width: number, categories: readonly ColumnGroup[], rows: Uint32Array): Space {
  const grouped = new Set(categories.flatMap(({ from, size }) => Array.from({ length: size }, (_, at) => from + at)))
  const numbers = Array.from({ length: width }, (_, column) => column).filter((column) => !grouped.has(column))
  const count = numbers.length
  const points = new Float32Array(rows.length * count)
  rows.forEach((row, index) =>
    numbers.forEach((column, at) => (points[index * count + at] = features[row * width + column] ?? 0)),
  )
  const chosen = categories.map(({ from, size }) =>
    Int32Array.from(rows, (row) => features.subarray(row * width + from, row * width + from + size).indexOf(1)),
  )
  const apart = medianOf(numbers.map((_, at) => deviationOf(points, count, at))) ** 2
  const distance = (one: number, other: number): number => {
    let sum = 0
    for (let at = 0; at < count; at++) {
      const difference = (points[one * count + at] ?? 0) - (points[other * count + at] ?? 0)
      sum += difference * difference
    }
    for (const codes of chosen) if (codes[one] !== codes[other]) sum += apart
    return sum
  }
  return {
    nearest: (base, wanted) => {
      const found: { readonly row: number; readonly distance: number }[] = []
      for (let row = 0; row < rows.length; row++) {
        if (row === base) continue
        const own = { row, distance: distance(base, row) }
        const place = found.findIndex((each) => own.distance < each.distance)
        if (place < 0 && found.length === wanted) continue
        found.splice(place < 0 ? found.length : place, 0, own)
        if (found.length > wanted) found.pop()
      }
      return Uint32Array.from(found, ({ row }) => row)
    },
    between: (from, to, part, row) => {
      numbers.forEach((column, at) => {
        const [start, end] = [points[from * count + at] ?? 0, points[to * count + at] ?? 0]
        row[column] = start + part * (end - start)
      })
    },
    vote: (voters, row) => {
      categories.forEach(({ from }, index) => {
        const votes = new Map<number, number>()
        for (const voter of voters) {
          const code = chosen[index]?.[voter] ?? -1
          votes.set(code, (votes.get(code) ?? 0) + 1)
        }
        const [winner] = [...votes].reduce((best, each) => (each[1] > best[1] ? each : best), [-1, 0])
        if (winner >= 0) row[from + winner] = 1
      })
    },
  }
}

function deviationOf(points: Float32Array, width: number, column: number): number {
  const count = points.length / width
  let [sum, squares] = [0, 0]
  for (let index = column; index < points.length; index += width) sum += points[index] ?? 0
  for (let index = column; index < points.length; index += width) squares += ((points[index] ?? 0) - sum / count) ** 2
  return Math.sqrt(squares / count)
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
