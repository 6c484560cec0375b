import type { Attribute } from '#engine/graph/graph.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { any, sample, type Sample } from './sample.ts'

/** A Resize as a file may have it: 3 × 4 images to other sizes or by other scales, in ONNX's own words. */
const foreign = (attributes: Readonly<Record<string, string>>, sizes: readonly number[]) =>
  sample(`as [${Object.values(attributes).join(', ')}] to [${sizes.join(', ')}]`, [any(1, 2, 3, 4)], (g, x) => {
    const texts = Object.entries(attributes).map(([name, value]): [string, Attribute] => [
      name,
      { type: 'string', value },
    ])
    return g.node('Resize', [x, null, null, g.ints([1, 2, ...sizes])], Object.fromEntries(texts))
  })

const half = 'half_pixel'

export const resize: Readonly<Record<string, readonly Sample[]>> = {
  Resize: [
    sample('nearest, of images', [any('batch', 2, 2, 3)], (g, x) => g.Resize(x, [1, 1, 2, 3])),
    sample('nearest, of sequences', [any('batch', 2, 3)], (g, x) => g.Resize(x, [1, 1, 2])),
    sample('linear, of images', [any('batch', 2, 2, 3)], (g, x) => g.Resize(x, [1, 1, 2, 3], 'linear')),
    sample('of scales that are not whole', [any(1, 1, 4, 5)], (g, x) =>
      g.node('Resize', [x, null, g.initializer('scales', tensorOf('float32', [4], [1, 1, 1.5, 0.5]))], {
        mode: { type: 'string', value: 'linear' },
      }),
    ),
    foreign({ mode: 'nearest', coordinate_transformation_mode: half, nearest_mode: 'round_prefer_floor' }, [6, 8]),
    foreign({ mode: 'nearest', coordinate_transformation_mode: half, nearest_mode: 'round_prefer_ceil' }, [4, 6]),
    foreign({ mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'ceil' }, [5, 7]),
    foreign({ mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }, [2, 3]),
    foreign({ mode: 'linear', coordinate_transformation_mode: 'align_corners' }, [5, 7]),
    foreign({ mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' }, [1, 6]),
    foreign({ mode: 'linear', coordinate_transformation_mode: 'asymmetric' }, [6, 5]),
  ],
}
