/** The charts' one door to chart.js. */
import {
  Chart,
  type ChartConfiguration,
  type ChartDataset,
  Filler,
  LineController,
  LineElement,
  LinearScale,
  LogarithmicScale,
  type Plugin,
  PointElement,
  Tooltip,
} from 'chart.js'
import { formatExact, formatNumber } from '../ui/numbers.ts'
import { type Mark, type Series, roundUp } from './series.ts'

Chart.register(Filler, LineController, LineElement, LinearScale, LogarithmicScale, PointElement, Tooltip)

export interface Drawing {
  readonly series: readonly Series[]
  /** The epoch of each value. */
  readonly epochs: readonly number[]
  /** Where the horizontal axis ends. */
  readonly end: number
  readonly marks: readonly Mark[]
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

const pointsOf = (series: Series, { epochs }: Drawing): Point[] =>
  epochs.map((x, at) => ({ x, y: series.tops[at] ?? null }))

function dataset(series: Series, index: number, drawing: Drawing, colors: Colors): ChartDataset<'line', Point[]> {
  const color = colors(series.color)
  const area = series.look === 'area'
  return {
    label: series.label,
    data: pointsOf(series, drawing),
    borderColor: area ? faded(color, 0.9) : color,
    backgroundColor: area ? faded(color, 0.45) : color,
    borderWidth: area ? 1 : 2,
    borderDash: series.look === 'dashed' ? [6, 4] : [],
    fill: area ? (index === 0 ? 'origin' : '-1') : false,
    // A number, not a function of the point: all points then share one set of options instead of resolving each its own.
    pointRadius: drawing.epochs.length === 1 && !area ? 3 : 0,
    pointHitRadius: 8,
    pointHoverRadius: area ? 0 : 3,
    pointBackgroundColor: color,
    order: area ? 1 : 0,
    clip: 4,
  }
}

/** Vertical lines where a live setting was changed, with the old and the new value at their head. */
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
      for (const mark of drawing.marks) {
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

/** The axis only ever grows while a run goes on, in round steps, so that the picture keeps its place. */
function limits(drawing: Drawing): { min: number; max: number } {
  const values = drawing.series.flatMap((one) => one.tops).filter((value) => value !== null)
  const max = roundUp(Math.max(0, ...values))
  if (!drawing.logarithmic) return { min: Math.min(0, ...values), max }
  const positive = values.filter((value) => value > 0)
  return { min: 10 ** Math.floor(Math.log10(Math.min(max / 10, ...positive))), max }
}

/** Whether two drawings differ in nothing but their points: the same axes, and lines that look the same. */
function differInPoints(one: Drawing, other: Drawing): boolean {
  const essence = (drawing: Drawing) => {
    const { min, max } = limits(drawing)
    const looks = drawing.series.flatMap(({ id, label, color, look }) => [id, label, color, look])
    return [min, max, drawing.end, drawing.logarithmic, drawing.epochs.length === 1, ...looks]
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
    const { min, max } = limits(drawing)
    const common = { border: { display: false }, grid: { color: colors('--chart-grid') } }
    const ticks = { color: colors('--text-quiet'), padding: 6 }
    return {
      x: {
        ...common,
        type: 'linear' as const,
        min: Math.min(1, drawing.end - 1),
        max: drawing.end,
        ticks: { ...ticks, precision: 0, maxRotation: 0, autoSkipPadding: 24 },
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
      interaction: { mode: 'index', intersect: false },
      layout: { padding: { top: 18, right: 12 } },
      scales: axes(),
      plugins: {
        tooltip: {
          boxPadding: 4,
          callbacks: {
            title: ([item]) => (item ? `Epoch ${item.parsed.x}` : ''),
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
      if (current) current.data = pointsOf(one, drawing)
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
    end: () => chart.destroy(),
  }
}
