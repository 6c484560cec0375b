import { defineInitializer } from '../define.ts'
import { sizeOf } from '../graph/graph.ts'
import { number } from '../params.ts'

export const orthogonal = defineInitializer({
  kind: 'orthogonal',
  title: 'Orthogonal',
  doc: 'Columns (or rows, where there are fewer) of length `gain` at right angles to each other.',
  reference: 'Saxe et al. 2014, https://arxiv.org/abs/1312.6120',
  formula: 'wᵀ w = gain² I, or w wᵀ = gain² I where there are fewer rows than columns',
  params: {
    gain: number({ title: 'Gain', doc: 'Length of each vector.', default: 1, min: 0, exclusiveMin: true }),
  },
  keras: { class: 'Orthogonal', ignored: ['seed'] },
  fill: ({ shape, random }, { gain }) => {
    const columns = shape.at(-1) ?? 1
    const rows = sizeOf(shape) / columns
    const count = Math.min(rows, columns)
    const length = Math.max(rows, columns)
    const vectors = orthonormal(count, length, () => random.normal())
    return Float32Array.from({ length: rows * columns }, (_, index) => {
      const [row, column] = [Math.floor(index / columns), index % columns]
      const value = rows >= columns ? vectors[column]?.[row] : vectors[row]?.[column]
      return gain * (value ?? 0)
    })
  },
})

/** `count` random vectors of this length, made orthonormal by modified Gram–Schmidt, run twice for full precision. */
function orthonormal(count: number, length: number, draw: () => number): readonly Float64Array[] {
  const done: Float64Array[] = []
  while (done.length < count) {
    const vector = Float64Array.from({ length }, draw)
    for (const other of [...done, ...done]) {
      const overlap = vector.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0)
      other.forEach((value, index) => (vector[index] = (vector[index] ?? 0) - overlap * value))
    }
    const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
    if (norm > 1e-8) done.push(vector.map((value) => value / norm))
  }
  return done
}
