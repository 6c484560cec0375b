/** What the predictions of a model are called, and how they are written. */
import type { Preprocessing, TargetNames } from '#engine/compile/preprocessing.ts'
import type { RawColumn } from './data/raw.ts'

/** What is predicted from: a model that Espalier exported, and the rows of a table that has its columns. */
export interface PredictionSource {
  /** The model file's name, for messages. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly preprocessing: Preprocessing
  readonly columns: ReadonlyMap<string, RawColumn>
  readonly rows: number
}

/** Predictions as a table: names of its columns, and a line for each row. */
export interface PredictionTable {
  readonly header: readonly string[]
  readonly lines: readonly (readonly string[])[]
}

/** What an output predicts; `node` is added to the names of ONNX outputs where there are several. */
export interface PredictedOutput extends TargetNames {
  readonly node: string | null
}

/** What a model predicts, output by output. */
export function outputsOf(preprocessing: Preprocessing): readonly PredictedOutput[] {
  const outputs = Object.entries(preprocessing.outputs ?? {})
  return outputs.length > 0 ? outputs.map(([node, names]) => ({ node, ...names })) : [{ node: null, ...preprocessing }]
}

/** The names of an output's columns, which begin with the output's own where there are several; `width` numbers a row. */
export function headerOf({ node, classes, targets }: PredictedOutput, width: number): readonly string[] {
  const prefix = node === null ? '' : `${node}.`
  if (classes.length > 0) return ['label', ...classes.map((name) => `probability_${name}`)].map((name) => prefix + name)
  if (targets.length === width) return targets
  return Array.from({ length: width }, (_, index) => `${prefix}prediction_${index + 1}`)
}

/** A probability for every class, where one column stands for two of them. */
export function perClass(scores: readonly number[], classes: number): readonly number[] {
  const [score = 0] = scores
  return scores.length === 1 && classes === 2 ? [Math.fround(1 - score), score] : scores
}

/** The shortest text that is this float32 again. */
export function formatFloat(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits))
    if (Math.fround(text) === value) return String(text)
  }
  return String(Number(value.toPrecision(9)))
}
