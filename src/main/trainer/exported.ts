/** What an exported model itself predicts. */
import { named } from '#engine/compile/inputShape.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { CallError } from '#shared/result.ts'
import { rawInputs } from './data/raw.ts'
import {
  formatFloat,
  headerOf,
  outputsOf,
  perClass,
  type PredictionSource,
  type PredictionTable,
} from './predictions.ts'
import { Session, type SessionOptions } from './session.ts'

const rowsPerCall = 1024

function floatRows(tensor: Tensor): { readonly data: Float32Array; readonly width: number } {
  if (!(tensor.data instanceof Float32Array)) throw new Error('a prediction is not float32')
  return { data: tensor.data, width: tensor.data.length / Math.max(1, tensor.shape[0] ?? 1) }
}

/** One line of an output: label and a probability for every class, or the predicted numbers. */
function lineOf(
  outputs: Readonly<Record<string, Tensor>>,
  node: string | null,
  row: number,
  classes: number,
): readonly string[] {
  const output = (name: string): Tensor | undefined => outputs[node === null ? name : named(name, node, Infinity)]
  const probabilities = output('probabilities')
  const label = output('label')
  const scores = probabilities ?? output('prediction')
  if (!scores) throw new Error('the model has neither probabilities nor a prediction')
  const { data, width } = floatRows(scores)
  const values = [...data.subarray(row * width, (row + 1) * width)]
  if (!probabilities || !label) return values.map(formatFloat)
  return [String(label.data[row]), ...perClass(values, classes).map(formatFloat)]
}

/** Runs the model as it is over every row. */
export async function predictExported(
  { name, bytes, preprocessing, columns, rows: all }: PredictionSource,
  options: SessionOptions,
): Promise<PredictionTable> {
  const session = await Session.create(bytes, options).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CallError('invalid', `${name} cannot be run: ${reason}`)
  })
  const lines: (readonly string[])[] = []
  const predicted = outputsOf(preprocessing)
  const widths = predicted.map(() => 1)
  try {
    for (let from = 0; from < all; from += rowsPerCall) {
      const count = Math.min(rowsPerCall, all - from)
      const rows = Uint32Array.from({ length: count }, (_, index) => from + index)
      const outputs = await session.run(rawInputs(columns, preprocessing.columns, rows))
      predicted.forEach(({ node }, index) => {
        const prediction = outputs[node === null ? 'prediction' : named('prediction', node, Infinity)]
        if (prediction) widths[index] = floatRows(prediction).width
      })
      for (let row = 0; row < count; row++)
        lines.push(predicted.flatMap(({ node, classes }) => lineOf(outputs, node, row, classes.length)))
    }
  } finally {
    await session.release()
  }
  return { header: predicted.flatMap((output, index) => headerOf(output, widths[index] ?? 1)), lines }
}
