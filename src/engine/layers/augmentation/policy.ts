/** Operations of which each image has one by chance, as strong as a number from 0 to 1 says, with the ends that RandAugment has. */
import type { LayerContext } from '../../define.ts'
import type { Shape, Value } from '../../graph/graph.ts'
import type { Builder } from '../../ops/builder.ts'
import { contrasted, paled, posterized, shone, solarized, stretched, type Range } from './colour.ts'
import { sign } from './ends.ts'
import { equalized, sharpened } from './filters.ts'
import { channelsLast } from '../places.ts'
import { centre, matrices, moved, type Sampling } from './geometry.ts'
import { perImage, planesOf, type Images, type Planes } from './images.ts'

/** The strength of an image's operation: from 0 to 1, and the same with a sign, twice. */
interface Strength {
  readonly plain: Value
  readonly signed: readonly [Value, Value]
}

type Operation = (g: Builder, images: Planes, strength: Strength, range: Range) => Value

/** 1 and up to 0.9 more or less. */
const factor = (g: Builder, { signed: [signed] }: Strength): Value => g.Add(g.scalar(1), g.Mul(signed, g.scalar(0.9)))

/** Those that move pixels are one reading of all images, by matrices that are the identity for images with another operation. */
const moving = ['shear', 'translation', 'rotation'] as const

const shapes: Readonly<Record<string, Operation>> = {
  posterization: (g, { planes }, { plain }, range) =>
    posterized(g, planes, g.Sub(g.scalar(8), g.Round(g.Mul(plain, g.scalar(4)))), range),
  solarization: (g, { planes }, { plain }, range) => solarized(g, planes, null, g.Sub(g.scalar(1), plain), range),
  autoContrast: (g, { planes }, _, range) => stretched(g, planes, range),
  equalization: (g, images, _, range) => equalized(g, images, range),
}

const enhancements: Readonly<Record<string, Operation>> = {
  brightness: (g, { planes }, strength, range) => shone(g, planes, factor(g, strength), range),
  colour: (g, { planes }, { signed: [signed] }, range) => paled(g, planes, g.Mul(signed, g.scalar(0.9)), range),
  contrast: (g, { planes }, strength, range) => contrasted(g, planes, factor(g, strength), range),
  sharpness: (g, images, strength, range) => sharpened(g, images, factor(g, strength), range),
}

export interface Policy {
  /** Whether there are brightness, colour, contrast and sharpness too. */
  readonly enhances: boolean
  /** Whether an image may stay as it is. */
  readonly idle: boolean
  /** A strength for each number from 0 to below 1. */
  readonly strength: (unit: Value) => Value
  readonly range: Range
  readonly sampling: Sampling
}

type Drawing = Pick<LayerContext, 'g' | 'uniform' | 'mask'>

/** The images, each after one operation. */
export function changed(context: Drawing, images: Images, policy: Policy): Value {
  const { g, uniform } = context
  const shape: Shape = perImage(images)
  const others = Object.entries({ ...shapes, ...(policy.enhances ? enhancements : {}) })
  const choices = moving.length + others.length + (policy.idle ? 1 : 0)
  const choice = g.Floor(g.Mul(uniform(shape), g.scalar(choices)))
  const chosen = (index: number): Value => g.Equal(choice, g.scalar(index))
  const plain = policy.strength(uniform(shape))
  const second = policy.strength(uniform(shape))
  const strength: Strength = {
    plain,
    signed: [g.Mul(plain, sign(context, shape)), g.Mul(second, sign(context, shape))],
  }
  const places = moving.map((_, index) => g.Cast(chosen(index), 'float32'))
  const start = planesOf(g, { ...images, x: displaced(g, images, places, strength, policy.sampling) })
  const result = others.reduce(
    (before, [, operation], index) =>
      g.Where(chosen(moving.length + index), operation(g, start, strength, policy.range), before),
    start.planes,
  )
  return channelsLast(g, result)
}

/** Slanted by up to 0.3, moved by up to 0.3 of the image, or turned by up to 30°, where the first, second or third number is 1. */
function displaced(
  g: Builder,
  images: Images,
  [slants, moves, turns]: readonly Value[],
  { signed: [first, second] }: Strength,
  sampling: Sampling,
): Value {
  if (!slants || !moves || !turns) return images.x
  const part = (where: Value, strength: Value, most: number): Value =>
    g.Reshape(g.Mul(where, g.Mul(strength, g.scalar(most))), [-1, 1])
  const angle = part(turns, first, Math.PI / 6)
  const { rows, columns } = images
  const parts = [
    [g.Cos(angle), [1, 0, 0, 0, 1, 0, 0, 0, 0]],
    [g.Sin(angle), [0, -1, 0, 1, 0, 0, 0, 0, 0]],
    [part(slants, first, 0.3), [0, 1, 0, 0, 0, 0, 0, 0, 0]],
    [part(slants, second, 0.3), [0, 0, 0, 1, 0, 0, 0, 0, 0]],
    [part(moves, first, 0.3), [0, 0, -columns, 0, 0, 0, 0, 0, 0]],
    [part(moves, second, 0.3), [0, 0, 0, 0, 0, -rows, 0, 0, 0]],
  ] as const
  return moved(g, images, matrices(g, parts, centre), sampling)
}
