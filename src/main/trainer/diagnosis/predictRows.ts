/** The network in inference mode on rows: what each output puts out. */
import type { Tensor } from '#engine/graph/graph.ts'
import { openGraph } from '../model.ts'
import { chunksOf } from '../run/validation.ts'
import type { SessionOptions } from '../session.ts'
import type { Trained } from '../trained.ts'

/** By the names of the predictions: the numbers of all rows, row after row; `feeds` hold the inputs of so many rows. */
export async function predictRows(
  { prepared: { program }, weights }: Trained,
  feeds: Readonly<Record<string, Tensor>>,
  rows: number,
  options: SessionOptions,
): Promise<ReadonlyMap<string, Float32Array>> {
  const session = await openGraph(program.predict(), options)
  const known = Object.fromEntries([...weights].filter(([name]) => session.inputs.includes(name)))
  const parts = new Map<string, Float32Array[]>(program.outputs.map(({ prediction }) => [prediction, []]))
  try {
    for (const part of chunksOf({ feeds, rows })) {
      const results = await session.run({ ...part.feeds, ...known })
      for (const [name, found] of parts) {
        const data = results[name]?.data
        if (!(data instanceof Float32Array)) throw new Error(`the predict graph has no ${name}`)
        found.push(data)
      }
    }
  } finally {
    await session.release()
  }
  return new Map(
    [...parts].map(([name, found]) => {
      const joined = new Float32Array(found.reduce((size, data) => size + data.length, 0))
      let at = 0
      for (const data of found) {
        joined.set(data, at)
        at += data.length
      }
      return [name, joined]
    }),
  )
}
