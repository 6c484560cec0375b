/** What layers do to the colours of images, from numbers that are drawn already; images are [batch, channels, rows, columns]. */
import type { KerasForm, LayerContext, NumbersParam, RangeForm } from '../../define.ts'
import type { Value } from '../../graph/graph.ts'
import { tensorOf } from '../../graph/tensor.ts'
import type { Builder } from '../../ops/builder.ts'
import { numbers } from '../../params.ts'

/** Black and white. */
export interface Range {
  readonly low: Value
  readonly high: Value
}

export const valueRange: NumbersParam = numbers({
  title: 'Value range',
  doc: 'The numbers that stand for black and white, such as 0, 1 or 0, 255; left empty, the least and the greatest of each batch.',
  default: [],
})

/** How Keras writes a layer with a value range and one factor, whose low end is this where it is left out. */
export const colourForm = (name: string, implied: RangeForm['implied']): KerasForm => ({
  class: name,
  ranges: { factor: { lower: 'lower', implied } },
  told: ['valueRange'],
  only: { data_format: 'channels_last' },
  ignored: ['seed'],
})

/** What is wrong with a value range. */
export function wrongRange({ valueRange: given }: { readonly valueRange: readonly number[] }) {
  const [low = 0, high = 1] = given
  const fits = given.length === 0 || (given.length === 2 && low < high)
  return fits
    ? null
    : {
        param: 'valueRange',
        message: 'the value range is two numbers, the smaller one first, or nothing; write 0, 1 or 0, 255',
      }
}

/** The range of a layer: the one it is given, or that of the batch. */
export function rangeOf(
  { g, params }: Pick<LayerContext<{ valueRange: NumbersParam }>, 'g' | 'params'>,
  x: Value,
): Range {
  const [low, high] = params.valueRange
  return low === undefined || high === undefined
    ? { low: g.ReduceMin(x, null), high: g.ReduceMax(x, null) }
    : { low: g.scalar(low), high: g.scalar(high) }
}

/** Clip has no gradient by its bounds, which may come from the images themselves. */
export const within = (g: Builder, x: Value, { low, high }: Range): Value => g.Min(g.Max(x, low), high)

const width = (g: Builder, { low, high }: Range): Value => g.Sub(high, low)

/** x + amount (high − low). */
export function brightened(g: Builder, x: Value, amount: Value, range: Range): Value {
  return within(g, g.Add(x, g.Mul(amount, width(g, range))), range)
}

/** x's distance from black, so many times. */
export function shone(g: Builder, x: Value, factor: Value, range: Range): Value {
  return within(g, g.Add(g.Mul(g.Sub(x, range.low), factor), range.low), range)
}

/** x's distance from the mean of its channel, so many times. */
export function contrasted(g: Builder, x: Value, factor: Value, range: Range): Value {
  const mean = g.ReduceMean(x, [2, 3], true)
  return within(g, g.Add(g.Mul(g.Sub(x, mean), factor), mean), range)
}

/** The brightness that colours have to the eye, [batch, 1, rows, columns], as ITU-R BT.601 weighs them. */
export function grey(g: Builder, x: Value): Value {
  if (x.shape[1] !== 3) return x
  const weights = g.initializer('luma', tensorOf('float32', [1, 3, 1, 1], [0.2989, 0.587, 0.114]))
  return g.ReduceSum(g.Mul(x, weights), [1], true)
}

/** A mixture of x, and so much of it without colours. */
export function paled(g: Builder, x: Value, amount: Value, range: Range): Value {
  return within(g, g.Add(x, g.Mul(amount, g.Sub(grey(g, x), x))), range)
}

/** low + high − x. */
export function inverted(g: Builder, x: Value, { low, high }: Range): Value {
  return g.Sub(g.Add(low, high), x)
}

/** x + addition where that is below the threshold, else inverted; both as fractions of the range. */
export function solarized(g: Builder, x: Value, addition: Value | null, threshold: Value, range: Range): Value {
  const span = width(g, range)
  const brighter = addition ? within(g, g.Add(x, g.Mul(addition, span)), range) : within(g, x, range)
  const limit = g.Add(range.low, g.Mul(threshold, span))
  return g.Where(g.Less(brighter, limit), brighter, inverted(g, brighter, range))
}

/** How far a number may lie below a whole one and still be it: float32 is exact to a 2⁻¹⁶ of 255. */
const slack = 2 ** -10

/** Each number as one of 256 levels, 0 to 255, and how far they are apart. */
export function levels(g: Builder, x: Value, range: Range): { readonly level: Value; readonly unit: Value } {
  const unit = g.Div(width(g, range), g.scalar(255))
  // Where all values are the same there is no range, and 0 / 0 is no level.
  const level = g.Div(g.Sub(within(g, x, range), range.low), g.Max(unit, g.scalar(1e-30)))
  return { level: g.Min(g.Floor(g.Add(level, g.scalar(slack))), g.scalar(255)), unit }
}

/** Only this many of the 8 bits of each number are kept. */
export function posterized(g: Builder, x: Value, bits: Value, range: Range): Value {
  const { level, unit } = levels(g, x, range)
  const step = g.Pow(g.scalar(2), g.Sub(g.scalar(8), bits))
  const kept = g.Mul(g.Floor(g.Div(level, step)), step)
  return g.Add(g.Mul(kept, unit), range.low)
}

/** Red, green and blue apart, with the largest of the three and how far the smallest is below it. */
function parts(g: Builder, x: Value) {
  const channel = (at: number): Value => g.Slice(x, [at], [at + 1], [1])
  const value = g.ReduceMax(x, [1], true)
  return {
    red: channel(0),
    green: channel(1),
    blue: channel(2),
    value,
    chroma: g.Sub(value, g.ReduceMin(x, [1], true)),
  }
}

/** 1 where there is no colour, whose hue and saturation would be 0 / 0. */
const positive = (g: Builder, chroma: Value): Value => g.Where(g.Greater(chroma, g.scalar(0)), chroma, g.scalar(1))

/** The saturation so many times, up to 1: every channel's distance from the largest is scaled. */
export function saturated(g: Builder, x: Value, factor: Value, { low }: Range): Value {
  const { value, chroma } = parts(g, x)
  const most = g.Div(g.Sub(value, low), positive(g, chroma))
  return g.Sub(value, g.Mul(g.Sub(value, x), g.Min(factor, most)))
}

/** The hue turned by this fraction of a full turn. */
export function hueTurned(g: Builder, x: Value, turn: Value): Value {
  const { red, green, blue, value, chroma } = parts(g, x)
  const some = positive(g, chroma)
  const sixth = (one: Value, other: Value, from: number): Value => g.Add(g.Div(g.Sub(one, other), some), g.scalar(from))
  const hue = g.Where(
    g.Equal(red, value),
    sixth(green, blue, 0),
    g.Where(g.Equal(green, value), sixth(blue, red, 2), sixth(red, green, 4)),
  )
  const turned = g.Add(hue, g.Mul(turn, g.scalar(6)))
  // How far each of red, green and blue is from the hue, in sixths of a turn, as 0 near it to 1 beyond two.
  const away = (from: number): Value => {
    const place = g.Add(turned, g.scalar(from))
    const sixths = g.Sub(place, g.Mul(g.Floor(g.Div(place, g.scalar(6))), g.scalar(6)))
    return g.Clip(g.Min(sixths, g.Sub(g.scalar(4), sixths)), g.scalar(0), g.scalar(1))
  }
  return g.Sub(value, g.Mul(chroma, g.Concat([away(5), away(3), away(1)], 1)))
}

/** Each channel of each image stretched over the range, unless it is of one value. */
export function stretched(g: Builder, x: Value, range: Range): Value {
  const least = g.ReduceMin(x, [2, 3], true)
  const span = g.Sub(g.ReduceMax(x, [2, 3], true), least)
  const some = g.Greater(span, g.scalar(0))
  const scale = g.Div(width(g, range), g.Where(some, span, g.scalar(1)))
  return g.Where(some, g.Add(g.Mul(g.Sub(x, least), scale), range.low), x)
}
