/** Images as lists of rows of pixels, and what augmentation does to one of them: slow walks over pixels in float64. */
import type { Numbers } from '../../../support/evaluate64.ts'
import { mean } from '../../../support/reals.ts'

/** [row][column][channel] */
export type Image = readonly (readonly (readonly number[])[])[]

/** The images of a value [batch, rows, columns, channels]. */
export function imagesOf({ shape, data }: Numbers): Image[] {
  const [batch, rows, columns, channels] = shape as readonly [number, number, number, number]
  const list = <T>(count: number, of: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => of(at))
  return list(batch, (n) =>
    list(rows, (r) =>
      list(columns, (c) => list(channels, (k) => data[((n * rows + r) * columns + c) * channels + k]!)),
    ),
  )
}

export const flat = (images: readonly Image[]): number[] => images.flat(3)

/** An image from its pixels at their rows and columns. */
export const mapped = (
  image: Image,
  of: (pixel: readonly number[], row: number, column: number) => readonly number[],
): Image => image.map((line, row) => line.map((pixel, column) => of(pixel, row, column)))

/** Every number on its own. */
export const each = (image: Image, of: (value: number, channel: number) => number): Image =>
  mapped(image, (pixel) => pixel.map(of))

/** The numbers of one channel. */
const channelOf = (image: Image, channel: number): number[] =>
  image.flatMap((line) => line.map((pixel) => pixel[channel]!))

export interface Filling {
  readonly fillMode: string
  readonly interpolation: string
  readonly fillValue: number
}

/** Which element of a line of `size` stands at a place beyond it; null for none. */
function continued(at: number, size: number, mode: string): number | null {
  const modulo = (period: number) => ((at % period) + period) % period
  if (at >= 0 && at < size) return at
  if (mode === 'wrap') return modulo(size)
  if (mode === 'nearest') return at < 0 ? 0 : size - 1
  // d c b a | a b c d | d c b a
  return mode === 'reflect' ? Math.min(modulo(2 * size), 2 * size - 1 - modulo(2 * size)) : null
}

/** What an image that goes on without end has at a place between pixels. */
function readAt(image: Image, row: number, column: number, filling: Filling): number[] {
  const pixel = (r: number, c: number): readonly number[] => {
    const down = continued(r, image.length, filling.fillMode)
    const across = continued(c, image[0]!.length, filling.fillMode)
    return down === null || across === null ? image[0]![0]!.map(() => filling.fillValue) : image[down]![across]!
  }
  if (filling.interpolation === 'nearest') return [...pixel(Math.round(row), Math.round(column))]
  const [top, left] = [Math.floor(row), Math.floor(column)]
  const [below, right] = [row - top, column - left]
  return pixel(top, left).map(
    (value, k) =>
      value * (1 - below) * (1 - right) +
      pixel(top, left + 1)[k]! * (1 - below) * right +
      pixel(top + 1, left)[k]! * below * (1 - right) +
      pixel(top + 1, left + 1)[k]! * below * right,
  )
}

/** Where a pixel of the result comes from, as row and column of the source. */
export type Place = (row: number, column: number) => readonly [row: number, column: number]

export const movedTo = (image: Image, place: Place, filling: Filling): Image =>
  mapped(image, (_, row, column) => readAt(image, ...place(row, column), filling))

/** Turned by an angle in radians around the middle. */
export function turned(image: Image, angle: number): Place {
  const [down, across] = [(image.length - 1) / 2, (image[0]!.length - 1) / 2]
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  return (row, column) => [
    sin * column + cos * row + down - across * sin - down * cos,
    cos * column - sin * row + across - across * cos + down * sin,
  ]
}

export interface Bounds {
  readonly low: number
  readonly high: number
}

export const inside = (value: number, { low, high }: Bounds): number => Math.min(Math.max(value, low), high)

export const brighter = (image: Image, amount: number, range: Bounds): Image =>
  each(image, (value) => inside(value + amount * (range.high - range.low), range))

export function contrasted(image: Image, factor: number, range: Bounds): Image {
  const means = image[0]![0]!.map((_, channel) => mean(channelOf(image, channel)))
  return each(image, (value, channel) => inside(means[channel]! + (value - means[channel]!) * factor, range))
}

/** Luma, as ITU-R BT.601 has it, to four places; an image of one channel is grey. */
export const grey = (pixel: readonly number[]): number =>
  pixel.length === 3 ? 0.2989 * pixel[0]! + 0.587 * pixel[1]! + 0.114 * pixel[2]! : pixel[0]!

export const paled = (image: Image, amount: number, range: Bounds): Image =>
  mapped(image, (pixel) => pixel.map((value) => inside(value * (1 - amount) + grey(pixel) * amount, range)))

/** As a fraction of the range, and back. */
const fraction = (value: number, { low, high }: Bounds): number => (value - low) / (high - low)
const back = (value: number, { low, high }: Bounds): number => low + value * (high - low)

export const solarized = (image: Image, addition: number, threshold: number, range: Bounds): Image =>
  each(image, (value) => {
    const bright = inside(fraction(value, range) + addition, { low: 0, high: 1 })
    return back(bright < threshold ? bright : 1 - bright, range)
  })

/** The level, 0 to 255, of a number; what is less than a thousandth below a whole one is that one. */
const levelOf = (value: number, range: Bounds): number =>
  Math.min(255, Math.floor(255 * fraction(inside(value, range), range) + 2 ** -10))

export const posterized = (image: Image, bits: number, range: Bounds): Image =>
  each(image, (value) => back(((levelOf(value, range) >> (8 - bits)) << (8 - bits)) / 255, range))

export function stretched(image: Image, range: Bounds): Image {
  const ends = image[0]![0]!.map((_, channel) => {
    const values = channelOf(image, channel)
    return [Math.min(...values), Math.max(...values)] as const
  })
  return each(image, (value, channel) => {
    const [least, most] = ends[channel]!
    return most > least ? back((value - least) / (most - least), range) : value
  })
}

/** Each level becomes the share of pixels up to it, those of the lowest left out. */
export function equalized(image: Image, range: Bounds): Image {
  const channels = image[0]![0]!.map((_, channel) => channelOf(image, channel).map((value) => levelOf(value, range)))
  return each(image, (value, channel) => {
    const all = channels[channel]!
    const upTo = (level: number) => all.filter((other) => other <= level).length
    const first = upTo(Math.min(...all))
    if (first === all.length) return value
    const share = (upTo(levelOf(value, range)) - first) / (all.length - first)
    const level = 255 * share
    const even = level % 1 === 0.5 ? 2 * Math.round(level / 2) : Math.round(level)
    return back(even / 255, range)
  })
}

/** Each pixel's distance from the mean of its 3 × 3 neighbours, itself five times, so many times. */
export const sharpened = (image: Image, factor: number, range: Bounds): Image =>
  mapped(image, (pixel, row, column) =>
    pixel.map((value, channel) => {
      let smooth = (value * 4) / 13
      for (const down of [-1, 0, 1])
        for (const across of [-1, 0, 1]) smooth += (image[row + down]?.[column + across]?.[channel] ?? 0) / 13
      return inside(smooth + factor * (value - smooth), range)
    }),
  )

/** Hue in turns, saturation and value of red, green and blue from 0 to 1. */
function hsv([red = 0, green = 0, blue = 0]: readonly number[]): [number, number, number] {
  const value = Math.max(red, green, blue)
  const chroma = value - Math.min(red, green, blue)
  if (chroma === 0) return [0, 0, value]
  const sixths =
    value === red
      ? ((green - blue) / chroma + 6) % 6
      : value === green
        ? (blue - red) / chroma + 2
        : (red - green) / chroma + 4
  return [sixths / 6, value === 0 ? 0 : chroma / value, value]
}

/** The way back, sector by sector. */
function rgb(hue: number, saturation: number, value: number): number[] {
  const turns = hue - Math.floor(hue)
  const sector = Math.floor(turns * 6)
  const part = turns * 6 - sector
  const p = value * (1 - saturation)
  const q = value * (1 - saturation * part)
  const t = value * (1 - saturation * (1 - part))
  return [
    [value, t, p],
    [q, value, p],
    [p, value, t],
    [p, q, value],
    [t, p, value],
    [value, p, q],
  ][sector % 6]!
}

/** What becomes of a pixel when its colour, each channel as a fraction of the range, is changed. */
export const recoloured = (
  pixel: readonly number[],
  range: Bounds,
  change: (colour: readonly [number, number, number]) => readonly [number, number, number],
): number[] => rgb(...change(hsv(pixel.map((value) => fraction(value, range))))).map((value) => back(value, range))
