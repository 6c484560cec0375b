/** What layers that change images are given. */
import type { LayerContext } from '../../define.ts'
import type { Dim, Shape, Value } from '../../graph/graph.ts'
import { placesOf } from '../places.ts'

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

/** One number for each image, that fits its pixels. */
export const perImage = ({ batch }: Images): Shape => [batch, 1, 1, 1]
