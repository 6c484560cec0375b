/** The kernels of the first convolution over images, as images. */
import { openBlocks } from '#engine/project/blocks.ts'
import { orderNodes } from '#engine/project/order.ts'
import type { Filters } from '#shared/history.ts'
import type { Trained } from '../trained.ts'

/** So many filters are shown, the first ones. */
const mostFilters = 64

/** Whether some weight may be a kernel over images. */
export const hasFilters = ({ program }: Trained['prepared']): boolean =>
  program.weights.some(({ shape }) => shape.length === 4)

/** Null where no convolution over images has kernels; those of [height, width, channels, filters] are cut filter by filter. */
export function filtersOf({ prepared, weights, epoch }: Trained): Filters | null {
  for (const { name, kind } of orderNodes(openBlocks(prepared.project.graph)).order) {
    const kernel = kind === 'conv2D' ? weights.get(`${name}/kernel`) : undefined
    const [height = 0, width = 0, inputs = 0, of = 0] = kernel?.shape ?? []
    if (!kernel || kernel.shape.length !== 4 || height * width < 2) continue
    const channels = inputs === 3 ? 3 : 1
    const filters = Array.from({ length: Math.min(of, mostFilters) }, (_, filter) =>
      Array.from({ length: height * width * channels }, (_, at) => {
        const place = channels === 3 ? Math.floor(at / 3) : at
        const number = (channel: number) => kernel.data[(place * inputs + channel) * of + filter] ?? 0
        if (channels === 3) return number(at % 3)
        return Array.from({ length: inputs }, (_, channel) => number(channel)).reduce((a, b) => a + b, 0) / inputs
      }),
    )
    return { weight: `${name}/kernel`, epoch, height, width, channels, of, filters }
  }
  return null
}
