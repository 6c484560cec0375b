/** What layers that change images are given. */
import type { LayerContext } from '../../define.ts'
import type { Dim, Shape, Value } from '../../graph/graph.ts'
import type { Builder } from '../../ops/builder.ts'
import { channelsFirst, placesOf } from '../places.ts'

export interface Images {
  /** [batch, rows, columns, channels] */
  readonly x: Value
  readonly batch: Dim
  readonly rows: number
  readonly columns: number
  readonly channels: number
}

type Given = Pick<LayerContext, 'inputs' | 'from' | 'name' | 'fail'>

/** The images a layer changes; fails on anything else. */
export function imagesOf(context: Given): Images {
  const { x, sizes, channels } = placesOf(context, 2)
  const [rows = 1, columns = 1] = sizes
  return { x, batch: x.shape[0] ?? 1, rows, columns, channels }
}

/** The same, of red, green and blue. */
export function colouredImagesOf(context: Given): Images {
  const images = imagesOf(context)
  if (images.channels === 3) return images
  const [source = 'its input'] = context.from
  return context.fail(
    `changes colours of red, green and blue, but ${source} gives ${images.channels} ${images.channels === 1 ? 'channel' : 'channels'}; remove ${context.name}`,
  )
}

/** Images by their channels. */
export interface Planes extends Omit<Images, 'x'> {
  /** [batch, channels, rows, columns] */
  readonly planes: Value
}

/**
 * Images as their planes, in which pixels are computed: onnxruntime 1.30 takes fifty times as long for a number and values whose
 * last axis is 1, as that of grey images is with their channels last. Those it would put back there, were they transposed.
 */
export function planesOf(g: Builder, { x, ...sizes }: Images): Planes {
  const { channels, rows, columns } = sizes
  const reshaped = channels === 1 && g.producerOf(x)?.op !== 'Transpose'
  return { ...sizes, planes: reshaped ? g.Reshape(x, [-1, 1, rows, columns]) : channelsFirst(g, x) }
}

/** One number for each image, that fits its pixels. */
export const perImage = ({ batch }: Pick<Images, 'batch'>): Shape => [batch, 1, 1, 1]
