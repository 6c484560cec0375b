/** Units watched over rows: which of them ever change. */
import { buildActivityGraph } from '#engine/compile/activity.ts'
import { openGraph } from '../model.ts'
import type { Prepared } from '../run/prepare.ts'
import type { Part } from '../run/parts.ts'
import type { Tensors } from '../run/state.ts'
import type { SessionOptions } from '../session.ts'

/** By layer: for each of its units, whether it gave one and the same number on all rows and places. */
export async function stillUnits(
  { project, program }: Prepared,
  weights: Tensors,
  parts: readonly Part[],
  options: SessionOptions,
): Promise<ReadonlyMap<string, readonly boolean[]>> {
  const session = await openGraph(buildActivityGraph(project, program.inputs), options)
  const ends = new Map<string, { readonly least: Float64Array; readonly greatest: Float64Array }>()
  try {
    for (const { feeds } of parts) {
      const known = Object.entries({ ...feeds, ...Object.fromEntries(weights) })
      const results = await session.run(Object.fromEntries(known.filter(([name]) => session.inputs.includes(name))))
      for (const [output, { data }] of Object.entries(results)) {
        const at = output.lastIndexOf('.')
        const [layer, end] = [output.slice(0, at), output.slice(at + 1)]
        const known = ends.get(layer) ?? {
          least: new Float64Array(data.length).fill(Infinity),
          greatest: new Float64Array(data.length).fill(-Infinity),
        }
        ends.set(layer, known)
        for (let unit = 0; unit < data.length; unit++) {
          const number = Number(data[unit])
          if (end === 'least') known.least[unit] = Math.min(known.least[unit] ?? number, number)
          else known.greatest[unit] = Math.max(known.greatest[unit] ?? number, number)
        }
      }
    }
  } finally {
    await session.release()
  }
  return new Map(
    [...ends].map(([layer, { least, greatest }]) => [
      layer,
      Array.from(least, (number, unit) => number === greatest[unit]),
    ]),
  )
}
