/** Whether an exported file computes what the trainer computes: the same rows through both, number by number. */
import type { Tensor } from '#engine/graph/graph.ts'
import type { Parity } from '#shared/routes.ts'
import type { Feeds, Session } from './session.ts'

/** What the trainer computes for the rows. */
export interface Expected {
  /** The output to compare: `prediction`, `probabilities` or `logits`; and the one that names the class. */
  readonly output: string
  readonly label: string
  /** [rows, width], row after row. */
  readonly values: Float32Array
  readonly width: number
  /** The class of each row, and how far each is from being another one; null for regression. */
  readonly labels: { readonly names: readonly string[]; readonly margins: Float32Array } | null
}

export interface Comparison {
  readonly parity: Parity
  /** Positions of the rows that differ, and how. */
  readonly failures: readonly { readonly row: number; readonly batch: number; readonly difference: number }[]
}

/** float32 is good for seven digits; sums in another order cost one or two of them. */
const tolerance = { absolute: 1e-5, relative: 1e-4 }

function floats(tensor: Tensor | undefined, name: string): Float32Array {
  if (!tensor || !(tensor.data instanceof Float32Array))
    throw new Error(`the exported file has no float32 output ${name}`)
  return tensor.data
}

/** One row of every input. */
function rowOf(inputs: Feeds, row: number): Feeds {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => {
      const width = tensor.shape.slice(1).reduce((product, dim) => product * dim, 1)
      const data = tensor.data.slice(row * width, (row + 1) * width)
      return [name, { ...tensor, shape: [1, ...tensor.shape.slice(1)], data }]
    }),
  )
}

/** Runs the rows through a freshly loaded file, one by one and all at once, and compares every output with what is expected. */
export async function compareOutputs(
  file: Session,
  inputs: Feeds,
  rows: number,
  expected: readonly Expected[],
): Promise<Comparison> {
  const failures: { row: number; batch: number; difference: number }[] = []
  let maxAbsolute = 0
  let maxRelative = 0
  let labelled = 0
  let agreed = 0

  /** One row of one output, the `at`-th of what was run in a batch. */
  const compare = (row: number, at: number, batch: number, outputs: Feeds, wanted: Expected): void => {
    const { output, label, values, width, labels } = wanted
    const got = floats(outputs[output], output)
    let worst = 0
    let passed = true
    for (let column = 0; column < width; column++) {
      const value = values[row * width + column] ?? Number.NaN
      const difference = Math.abs((got[at * width + column] ?? Number.NaN) - value)
      // Near zero, differences the absolute tolerance allows are large in proportion and say nothing.
      const relative = difference / Math.max(Math.abs(value), tolerance.absolute)
      worst = difference > worst || Number.isNaN(difference) ? difference : worst
      if (!(difference <= maxAbsolute)) maxAbsolute = difference
      if (!(relative <= maxRelative)) maxRelative = relative
      if (!(difference <= tolerance.absolute + tolerance.relative * Math.abs(value))) passed = false
    }
    if (labels) {
      labelled++
      const margin = labels.margins[row] ?? 0
      if (outputs[label]?.data[at] === labels.names[row]) agreed++
      // Two classes that are equally likely within the tolerance may come out either way.
      else if (margin > 2 * (tolerance.absolute + tolerance.relative)) passed = false
    }
    if (!passed) failures.push({ row, batch, difference: worst })
  }

  const together = await file.run(inputs)
  for (let row = 0; row < rows; row++) for (const wanted of expected) compare(row, row, rows, together, wanted)
  for (let row = 0; row < rows; row++) {
    const alone = await file.run(rowOf(inputs, row))
    for (const wanted of expected) compare(row, 0, 1, alone, wanted)
  }
  return {
    parity: {
      passed: failures.length === 0,
      rows,
      maxAbsolute,
      maxRelative,
      labelAgreement: labelled > 0 ? agreed / labelled : null,
      tolerance,
    },
    failures,
  }
}
