/** The charts' one door to chart.js. */
import {
  Chart,
  type ChartConfiguration,
  type ChartDataset,
  Filler,
  Interaction,
  type InteractionItem,
  type InteractionModeFunction,
  LineController,
  LineElement,
  LinearScale,
  LogarithmicScale,
  type Plugin,
  PointElement,
  Tooltip,
} from 'chart.js'
import { texts } from '../texts.ts'
import { formatExact, formatNumber } from '../ui/numbers.ts'
import { limitsOf } from './limits.ts'
import type { Mark, Series } from './series.ts'
import { svgOf } from './svg.ts'

Chart.register(Filler, LineController, LineElement, LinearScale, LogarithmicScale, PointElement, Tooltip)

declare module 'chart.js' {
  interface InteractionModeMap {
    nearestOfEach: InteractionModeFunction
  }
}

/** Of each line the point next to the pointer: lines of steps and of epochs have theirs in different places. */
Interaction.modes.nearestOfEach = (chart, event): InteractionItem[] => {
  const axis = chart.scales['x']
  if (!axis || event.x === null) return []
  const pointer = event.x
  return chart.getSortedVisibleDatasetMetas().flatMap(({ data, index: datasetIndex }) => {
    let [low, high] = [0, data.length - 1]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((data[middle]?.x ?? 0) < pointer) low = middle
      else high = middle
    }
    const index = Math.abs((data[low]?.x ?? 0) - pointer) <= Math.abs((data[high]?.x ?? 0) - pointer) ? low : high
    const element = data[index]
    return element ? [{ element, datasetIndex, index }] : []
  })
}

export interface Drawing {
  readonly series: readonly Series[]
  /** Where the horizontal axis begins and ends, in epochs. */
  readonly from: number
  readonly end: number
  /** Whether that is less than the whole run. */
  readonly zoomed: boolean
  readonly marks: readonly Mark[]
  /** The best epoch so far. */
  readonly best: number | null
  readonly logarithmic: boolean
}

type Colors = (property: string) => string
type Point = { x: number; y: number | null }

/** Resolves custom properties to colours by giving them to an element of the page, `light-dark()` included. */
function colorsOf(probe: HTMLElement): Colors {
  const known = new Map<string, string>()
  return (property) => {
    let color = known.get(property)
    if (color === undefined) {
      probe.style.color = `var(${property})`
      color = getComputedStyle(probe).color
      known.set(property, color)
    }
    return color
  }
}

/** `rgb(1, 2, 3)` with an opacity. */
const faded = (color: string, opacity: number): string =>
  color.replace(/^rgba?\(([^)]*)\)$/, (_, parts: string) => {
    const [red, green, blue] = parts.split(',')
    return `rgba(${red},${green},${blue},${opacity})`
  })

const pointsOf = ({ at, tops }: Series): Point[] => at.map((x, index) => ({ x, y: tops[index] ?? null }))

const dashes: Record<Series['look'], number[]> = { line: [], area: [], dashed: [6, 4], dotted: [2, 3] }

function dataset(series: Series, index: number, drawing: Drawing, colors: Colors): ChartDataset<'line', Point[]> {
  const color = colors(series.color)
  const area = series.look === 'area'
  const gap = drawing.series.findIndex(({ id }) => id === series.gapTo)
  const shade = faded(color, 0.16)
  return {
    label: series.label,
    data: pointsOf(series),
    borderColor: area ? faded(color, 0.9) : color,
    backgroundColor: area ? faded(color, 0.45) : color,
    borderWidth: area ? 1 : series.look === 'dotted' ? 1.5 : 2,
    borderDash: dashes[series.look],
    fill: area ? (index === 0 ? 'origin' : '-1') : gap < 0 ? false : { target: gap, above: shade, below: shade },
    // A number, not a function of the point: all points then share one set of options instead of resolving each its own.
    pointRadius: series.at.length === 1 && !area ? 3 : 0,
    pointHitRadius: 8,
    pointHoverRadius: area ? 0 : 3,
    pointBackgroundColor: color,
    order: area ? 1 : 0,
    clip: { top: 4, bottom: 4, left: drawing.zoomed ? 0 : 4, right: drawing.zoomed ? 0 : 4 },
  }
}

/** A place on the axis of epochs: whole at the end of an epoch, with decimals in between. */
const formatPlace = (at: number): string => String(Number(at.toFixed(3)))

/** A line at the best epoch, and vertical lines where a live setting was changed, with the old and the new value at their head. */
function markPlugin(current: () => { drawing: Drawing; colors: Colors }): Plugin<'line'> {
  return {
    id: 'marks',
    afterDatasetsDraw(chart) {
      const { drawing, colors } = current()
      const { ctx, chartArea, scales } = chart
      const axis = scales['x']
      if (!axis) return
      ctx.save()
      ctx.font = `${Chart.defaults.font.size}px ${Chart.defaults.font.family}`
      ctx.textBaseline = 'top'
      let taken = -Infinity
      const { best } = drawing
      if (best !== null && best >= drawing.from && best <= drawing.end) {
        const x = Math.round(axis.getPixelForValue(best)) + 0.5
        ctx.strokeStyle = colors('--accent')
        ctx.lineWidth = 1
        ctx.beginPath()
        ctx.moveTo(x, chartArea.top)
        ctx.lineTo(x, chartArea.bottom)
        ctx.stroke()
        const text = texts.run.best(best)
        const width = ctx.measureText(text).width
        const isNarrow = x + 6 + width > chartArea.right
        const left = isNarrow ? x - 5 - width : x + 5
        ctx.fillStyle = faded(colors('--surface-panel'), 0.8)
        ctx.fillRect(left - 2, chartArea.top + 1, width + 4, 15)
        ctx.fillStyle = colors('--accent')
        ctx.fillText(text, left, chartArea.top + 3)
      }
      for (const mark of drawing.marks) {
        if (mark.at < drawing.from || mark.at > drawing.end) continue
        const x = Math.round(axis.getPixelForValue(mark.at)) + 0.5
        ctx.strokeStyle = colors('--text')
        ctx.lineWidth = 1
        ctx.setLineDash([2, 3])
        ctx.beginPath()
        ctx.moveTo(x, chartArea.top - 14)
        ctx.lineTo(x, chartArea.bottom)
        ctx.stroke()
        const text = `${mark.name.split('.').at(-1)} ${formatExact(mark.from)} → ${formatExact(mark.to)}`
        const width = ctx.measureText(text).width
        const left = Math.min(x + 5, chartArea.right - width)
        // Where marks stand close the legend's list has to do.
        if (left < taken) continue
        taken = left + width + 8
        ctx.fillStyle = colors('--text')
        ctx.fillText(text, left, chartArea.top - 16)
      }
      ctx.restore()
    },
  }
}

/** Whether two drawings differ in nothing but their points: the same axes, and lines that look the same. */
function differInPoints(one: Drawing, other: Drawing): boolean {
  const essence = (drawing: Drawing) => {
    const { min, max } = limitsOf(drawing)
    const looks = drawing.series.flatMap(({ id, label, color, look, at }) => [id, label, color, look, at.length === 1])
    return [min, max, drawing.from, drawing.end, drawing.logarithmic, ...looks]
  }
  const [before, after] = [essence(one), essence(other)]
  return before.length === after.length && before.every((part, at) => part === after[at])
}

/** Draws into a canvas and gives how to draw on, and how to end it. */
export function createPlot(canvas: HTMLCanvasElement, holder: HTMLElement, first: Drawing) {
  let drawing = first
  const probe = document.createElement('span')
  holder.append(probe)
  let colors = colorsOf(probe)
  const font = getComputedStyle(holder)
  Chart.defaults.font.family = font.fontFamily
  Chart.defaults.font.size = 11

  const axes = () => {
    const { min, max } = limitsOf(drawing)
    const common = { border: { display: false }, grid: { color: colors('--chart-grid') } }
    const ticks = { color: colors('--text-quiet'), padding: 6 }
    return {
      x: {
        ...common,
        type: 'linear' as const,
        min: drawing.from,
        max: drawing.end,
        ticks: {
          ...ticks,
          ...(drawing.end - drawing.from > 4 ? { precision: 0 } : {}),
          maxRotation: 0,
          includeBounds: !drawing.zoomed,
          autoSkipPadding: 24,
        },
      },
      y: {
        ...common,
        type: drawing.logarithmic ? ('logarithmic' as const) : ('linear' as const),
        min,
        max,
        ticks: { ...ticks, maxTicksLimit: 6, callback: (value: string | number) => formatNumber(Number(value)) },
        afterFit: (scale: { width: number }) => {
          scale.width = 56
        },
      },
    }
  }

  const configuration: ChartConfiguration<'line', Point[]> = {
    type: 'line',
    data: { datasets: drawing.series.map((one, index) => dataset(one, index, drawing, colors)) },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      normalized: true,
      interaction: { mode: 'nearestOfEach', intersect: false },
      layout: { padding: { top: 18, right: 12 } },
      scales: axes(),
      plugins: {
        tooltip: {
          boxPadding: 4,
          itemSort: (one, other) => other.datasetIndex - one.datasetIndex,
          callbacks: {
            title: ([item]) => (item ? texts.run.at(formatPlace(item.parsed.x ?? 0)) : ''),
            label: ({ datasetIndex, dataIndex }) => {
              const one = drawing.series[datasetIndex]
              return one ? ` ${one.label}: ${one.values[dataIndex] ?? 'not a number'}` : ''
            },
          },
        },
      },
    },
    plugins: [markPlugin(() => ({ drawing, colors }))],
  }
  const chart = new Chart(canvas, configuration)

  /** Draws again with other points. `update` would resolve every option of axes and lines anew, at twice the cost. */
  function drawPoints(): void {
    drawing.series.forEach((one, index) => {
      const { controller } = chart.getDatasetMeta(index)
      const current = chart.data.datasets[index]
      if (current) current.data = pointsOf(one)
      controller.buildOrUpdateElements()
      controller.update('none')
    })
    chart.draw()
  }

  return {
    /** Takes new numbers; the datasets stay the same objects, so that nothing jumps. */
    draw(next: Drawing, themed: boolean): void {
      const onlyPoints = !themed && differInPoints(drawing, next)
      drawing = next
      // What hangs on the pointer is brought up to date by a whole update alone.
      if (onlyPoints && chart.getActiveElements().length === 0) return drawPoints()
      if (themed) colors = colorsOf(probe)
      const fresh = next.series.map((one, index) => dataset(one, index, next, colors))
      chart.data.datasets = fresh.map((one, index) => Object.assign(chart.data.datasets[index] ?? {}, one))
      chart.options.scales = axes()
      chart.update('none')
    },
    /** The place on the axis of epochs below a pixel of the window. */
    placeAt(clientX: number): number {
      return chart.scales['x']?.getValueForPixel(clientX - canvas.getBoundingClientRect().left) ?? drawing.from
    },
    svg: (title: string): string => svgOf(drawing, title, colors),
    /** The picture as it is on screen, on its background and with its legend, as a data URL. */
    png(): string {
      const line = 20 * devicePixelRatio
      const picture = document.createElement('canvas')
      picture.width = canvas.width
      picture.height = canvas.height + line * (Math.ceil(drawing.series.length / 3) + 0.5)
      const context = picture.getContext('2d')
      if (!context) return canvas.toDataURL('image/png')
      context.fillStyle = colors('--surface-panel')
      context.fillRect(0, 0, picture.width, picture.height)
      context.drawImage(canvas, 0, 0)
      context.font = `${11 * devicePixelRatio}px ${Chart.defaults.font.family}`
      context.textBaseline = 'middle'
      drawing.series.forEach(({ color, label, look }, index) => {
        const left = (index % 3) * (canvas.width / 3) + line
        const top = canvas.height + line * (Math.floor(index / 3) + 0.5)
        context.strokeStyle = colors(color)
        context.lineWidth = (look === 'area' ? 8 : 2) * devicePixelRatio
        context.setLineDash(dashes[look].map((each) => each * devicePixelRatio))
        context.beginPath()
        context.moveTo(left, top)
        context.lineTo(left + line, top)
        context.stroke()
        context.fillStyle = colors('--text')
        context.fillText(label, left + 1.4 * line, top)
      })
      return picture.toDataURL('image/png')
    },
    end: () => chart.destroy(),
  }
}
