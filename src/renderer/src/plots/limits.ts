/** Where axes begin and end, and where they are ticked. */
import type { Drawing } from './chart.ts'
import { roundUp } from './series.ts'

/** The values that are in sight. */
function inSight({ series, from, end }: Drawing): number[] {
  return series.flatMap(({ at, tops }) =>
    tops.filter((value, index): value is number => {
      const place = at[index] ?? 0
      return value !== null && place >= from && place <= end
    }),
  )
}

/**
 * The vertical axis: while a run goes on it only ever grows, in round steps, so that the picture keeps its place. Zoomed in, lines
 * without areas below them fill the height.
 */
export function limitsOf(drawing: Drawing): { min: number; max: number } {
  const values = inSight(drawing)
  const [least, greatest] = [Math.min(...values), Math.max(...values)]
  if (
    drawing.zoomed &&
    !drawing.logarithmic &&
    greatest > least &&
    !drawing.series.some(({ look }) => look === 'area')
  ) {
    const room = 0.05 * (greatest - least)
    return { min: least - room, max: greatest + room }
  }
  const max = roundUp(Math.max(0, greatest))
  if (!drawing.logarithmic) return { min: Math.min(0, least), max }
  const positive = values.filter((value) => value > 0)
  return { min: 10 ** Math.floor(Math.log10(Math.min(max / 10, ...positive))), max }
}

/** Round numbers from one end to the other: about five, or the powers of ten. */
export function ticksOf(min: number, max: number, logarithmic: boolean): number[] {
  if (logarithmic) {
    const first = Math.ceil(Math.log10(min) - 1e-9)
    const count = Math.floor(Math.log10(max) + 1e-9) - first + 1
    return Array.from({ length: Math.max(count, 0) }, (_, index) => 10 ** (first + index))
  }
  const raw = (max - min) / 5
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = power * ([1, 2, 5].find((each) => each * power >= raw) ?? 10)
  const first = Math.ceil(min / step - 1e-9)
  const count = Math.floor(max / step + 1e-9) - first + 1
  return Array.from({ length: Math.max(count, 0) }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}
