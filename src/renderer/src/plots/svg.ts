/** A chart as a picture that scales: the same lines, areas, marks and colours as on screen, with its legend. */
import { formatExact, formatNumber } from '../ui/numbers.ts'
import type { Series } from './series.ts'
import type { Drawing } from './chart.ts'
import { limitsOf, ticksOf } from './limits.ts'

const box = { left: 64, top: 28, right: 16, bottom: 30, width: 960, height: 420 }
const inner = { width: box.width - box.left - box.right, height: box.height - box.top - box.bottom }
const dashes: Record<Series['look'], string> = {
  line: '',
  area: '',
  dashed: ' stroke-dasharray="6 4"',
  dotted: ' stroke-dasharray="2 3"',
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const rounded = (value: number): string => String(Number(value.toFixed(2)))

/** The SVG document; `colors` resolves a custom property to a colour. */
export function svgOf(drawing: Drawing, title: string, colors: (property: string) => string): string {
  const { min, max } = limitsOf(drawing)
  const { from, end, logarithmic } = drawing
  const x = (at: number): number => box.left + ((at - from) / (end - from)) * inner.width
  const share = (value: number): number =>
    logarithmic
      ? (Math.log10(Math.max(value, min)) - Math.log10(min)) / (Math.log10(max) - Math.log10(min))
      : (value - min) / (max - min)
  const y = (value: number): number => box.top + (1 - share(value)) * inner.height
  const text = (at: number, top: number, words: string, anchor = 'start', color = '--text-quiet'): string =>
    `<text x="${rounded(at)}" y="${rounded(top)}" text-anchor="${anchor}" fill="${colors(color)}">${escaped(words)}</text>`
  const line = (x1: number, y1: number, x2: number, y2: number, rest: string): string =>
    `<line x1="${rounded(x1)}" y1="${rounded(y1)}" x2="${rounded(x2)}" y2="${rounded(y2)}" ${rest}/>`
  const points = ({ at, tops }: Series): string[] =>
    at.flatMap((place, index) => {
      const top = tops[index]
      return top === null || top === undefined ? [] : [`${rounded(x(place))},${rounded(y(top))}`]
    })

  const bottom = box.top + inner.height
  const grid = ticksOf(min, max, logarithmic).flatMap((value) => [
    line(box.left, y(value), box.left + inner.width, y(value), `stroke="${colors('--chart-grid')}"`),
    text(box.left - 8, y(value) + 4, formatNumber(value), 'end'),
  ])
  const places = ticksOf(from, end, false).map((at) => text(x(at), bottom + 18, formatNumber(at), 'middle'))
  const areas = drawing.series.flatMap((one, index) => {
    if (one.look !== 'area') return []
    const below = drawing.series[index - 1]
    const own = points(one)
    const floor = index > 0 && below ? points(below).toReversed() : []
    const [first = '', last = ''] = [own.at(0)?.split(',')[0], own.at(-1)?.split(',')[0]]
    const closing = floor.length > 0 ? floor : [`${last},${rounded(bottom)}`, `${first},${rounded(bottom)}`]
    return [`<polygon points="${[...own, ...closing].join(' ')}" fill="${colors(one.color)}" fill-opacity="0.45"/>`]
  })
  const gaps = drawing.series.flatMap((one) => {
    const other = drawing.series.find(({ id }) => id === one.gapTo)
    if (!other) return []
    return [
      `<polygon points="${[...points(one), ...points(other).toReversed()].join(' ')}" fill="${colors(one.color)}" fill-opacity="0.16"/>`,
    ]
  })
  const lines = drawing.series.map(
    (one) =>
      `<polyline points="${points(one).join(' ')}" fill="none" stroke="${colors(one.color)}" stroke-width="${one.look === 'area' ? 1 : 2}"${dashes[one.look]}/>`,
  )
  const shown = drawing.marks.filter(({ at }) => at >= from && at <= end)
  const marks = shown.flatMap((mark) => [
    line(x(mark.at), box.top - 8, x(mark.at), bottom, `stroke="${colors('--text')}" stroke-dasharray="2 3"`),
    text(
      x(mark.at) + 4,
      box.top - 4,
      `${mark.name.split('.').at(-1)} ${formatExact(mark.from)} → ${formatExact(mark.to)}`,
    ),
  ])
  const { best } = drawing
  const bestLine =
    best !== null && best >= from && best <= end
      ? [
          line(x(best), box.top, x(best), bottom, `stroke="${colors('--accent')}"`),
          text(x(best) + 4, bottom - 6, `best ${best}`, 'start', '--accent'),
        ]
      : []
  const legend = drawing.series.map((one, index) => {
    const left = box.left + (index % 4) * (inner.width / 4)
    const top = box.height + 16 + 20 * Math.floor(index / 4)
    return (
      line(
        left,
        top - 4,
        left + 18,
        top - 4,
        `stroke="${colors(one.color)}" stroke-width="${one.look === 'area' ? 8 : 2}"${dashes[one.look]}`,
      ) + text(left + 26, top, one.label, 'start', '--text')
    )
  })
  const height = box.height + 24 + 20 * Math.ceil(drawing.series.length / 4)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${box.width}" height="${height}" viewBox="0 0 ${box.width} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<clipPath id="plot"><rect x="${box.left}" y="${box.top}" width="${inner.width}" height="${inner.height}"/></clipPath>`,
    `<rect width="100%" height="100%" fill="${colors('--surface-panel')}"/>`,
    ...grid,
    ...places,
    `<g clip-path="url(#plot)">`,
    ...[...areas, ...gaps, ...lines],
    '</g>',
    ...[...marks, ...bestLine, ...legend],
    '</svg>',
  ].join('\n')
}
