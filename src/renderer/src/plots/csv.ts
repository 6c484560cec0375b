/** What a chart shows as a table. */
import type { Series } from './series.ts'

const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** A line for each place on the axis where some series has a value, a column for each series; what is not a number is empty. */
export function csvOf(series: readonly Series[]): string {
  const places = [...new Set(series.flatMap(({ at }) => at))].sort((a, b) => a - b)
  const columns = series.map(({ at, values }) => new Map(at.map((place, index) => [place, values[index] ?? null])))
  const header = ['epoch', ...series.map(({ id }) => id)].map(quoted).join(',')
  const lines = places.map((place) => [place, ...columns.map((column) => column.get(place) ?? '')].join(','))
  return `${[header, ...lines].join('\n')}\n`
}
