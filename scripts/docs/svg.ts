/** Small charts as SVG text that is legible on light and on dark pages. */

/** A line through points, in the units of the axes. */
export interface Line {
  readonly label: string
  readonly points: readonly (readonly [number, number])[]
  /** Which of the two sides of a comparison it belongs to. */
  readonly side: 'with' | 'without'
  readonly dashed?: true
  /** Filled down to the axis. */
  readonly area?: true
}

export interface Mark {
  readonly x: number
  readonly label: string
}

export interface Chart {
  readonly title: string
  readonly x: { readonly label: string; readonly from: number; readonly to: number }
  readonly y: { readonly label: string; readonly from: number; readonly to: number; readonly hidden?: true }
  readonly lines: readonly Line[]
  readonly marks: readonly Mark[]
  /** A sentence in the corner. */
  readonly note?: string
}

const size = { width: 520, height: 220, left: 52, right: 12, top: 30, bottom: 34 }

const style = `text{font:11px system-ui,sans-serif;fill:#5b6470}.axis{stroke:#c4cad2;fill:none}.mark{stroke:#9aa3ad;stroke-dasharray:2 3}
.line{fill:none;stroke-width:1.6;stroke-linejoin:round}.with{stroke:#1f6feb}.without{stroke:#98a1ac}.dashed{stroke-dasharray:4 3}
.area.with{fill:#1f6feb;fill-opacity:.22}.area.without{fill:#98a1ac;fill-opacity:.22}
@media (prefers-color-scheme:dark){text{fill:#a9b3be}.axis{stroke:#454d57}.with{stroke:#63a1ff}.area.with{fill:#63a1ff}.without{stroke:#7d8793}.area.without{fill:#7d8793}}`

/** The chart as the text of an SVG file. */
export function svgOf({ title, x, y, lines, marks, note }: Chart): string {
  const [right, bottom] = [size.width - size.right, size.height - size.bottom]
  const across = (value: number): number => size.left + ((value - x.from) / (x.to - x.from)) * (right - size.left)
  const up = (value: number): number =>
    bottom - ((Math.min(Math.max(value, y.from), y.to) - y.from) / (y.to - y.from)) * (bottom - size.top)
  const text = (content: string, at: readonly [number, number], anchor = 'start'): string =>
    `<text x="${round(at[0])}" y="${round(at[1])}" text-anchor="${anchor}">${escaped(content)}</text>`
  const parts = [
    `<path class="axis" d="M${size.left} ${size.top}V${bottom}H${right}"/>`,
    ...ticks(x.from, x.to).map((tick) => text(tickText(tick), [across(tick), bottom + 14], 'middle')),
    ...(y.hidden ? [] : ticks(y.from, y.to).map((tick) => text(tickText(tick), [size.left - 6, up(tick) + 4], 'end'))),
    text(x.label, [right, size.height - 6], 'end'),
    text(y.label, [8, 16]),
    ...marks.flatMap((mark) => [
      `<path class="mark" d="M${round(across(mark.x))} ${size.top}V${bottom}"/>`,
      text(mark.label, [across(mark.x) + 4, size.top + 10]),
    ]),
    ...lines.map(({ points, side, dashed, area }) => {
      const path = points
        .map(([a, b], index) => `${index === 0 ? 'M' : 'L'}${round(across(a))} ${round(up(b))}`)
        .join('')
      const [first, last] = [points[0], points.at(-1)]
      const closed =
        area && first && last
          ? `${path}L${round(across(last[0]))} ${bottom}L${round(across(first[0]))} ${bottom}Z`
          : path
      return `<path class="line ${side}${dashed ? ' dashed' : ''}${area ? ' area' : ''}" d="${closed}"/>`
    }),
    ...legend(lines, right),
    ...(note === undefined ? [] : [text(note, [right, size.top + 10], 'end')]),
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

/** The names of the lines that have one, from the right edge to the left, above the chart. */
function legend(lines: readonly Line[], right: number): readonly string[] {
  let at = right
  return lines.toReversed().flatMap(({ label, side, dashed }) => {
    if (label === '') return []
    const width = label.length * 5.6
    at -= width
    const name = `<text x="${round(at)}" y="16">${escaped(label)}</text>`
    at -= 24
    const sample = `<path class="line ${side}${dashed ? ' dashed' : ''}" d="M${round(at)} 12h18"/>`
    at -= 14
    return [sample, name]
  })
}

/** Round numbers within bounds, about four of them. */
function ticks(from: number, to: number): readonly number[] {
  const rough = (to - from) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  const first = Math.ceil(from / step - 1e-9)
  const count = Math.floor(to / step + 1e-9) - first + 1
  return Array.from({ length: count }, (_, index) => (first + index) * step)
}

const tickText = (value: number): string => String(Number(value.toPrecision(6)))
const round = (value: number): number => Math.round(value * 10) / 10
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
