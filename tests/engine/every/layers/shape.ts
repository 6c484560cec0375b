/** Cases of the layers that move numbers, add zeros or take some away. */
import type { Shape } from '#engine/graph/graph.ts'
import type { Case, Cases, Given } from './case.ts'
import { at, fill } from './places.ts'

/** Each number of the output is one of the input, at the place it comes from; outside the input, 0. */
function moved(
  inputs: Shape,
  params: NonNullable<Case['params']>,
  output: Shape,
  from: (position: readonly number[]) => readonly number[],
): Case {
  return {
    inputs: [inputs],
    params,
    settings: 0,
    output: () => output,
    formula: ({ inputs: [x], shape }) => fill(shape, (position) => at(x!, from(position))),
  }
}

/** Where a place of an enlarged image lies between the centres of the old ones, held at the edges. */
function enlarged({ inputs: [x], shape, params }: Given): Float64Array {
  const [rows = 1, columns = 1] = params['size'] as readonly number[]
  const along = (place: number, factor: number, size: number): (readonly [number, number])[] => {
    const exact = Math.min(Math.max((place + 0.5) / factor - 0.5, 0), size - 1)
    const before = Math.floor(exact)
    return [
      [before, 1 - (exact - before)],
      [Math.min(before + 1, size - 1), exact - before],
    ]
  }
  const [, height = 1, width = 1] = x!.shape
  return fill(shape, ([n, row, column, channel]) =>
    params['interpolation'] === 'nearest'
      ? at(x!, [n!, Math.floor(row! / rows), Math.floor(column! / columns), channel!])
      : along(row!, rows, height).reduce(
          (sum, [r, share]) =>
            along(column!, columns, width).reduce(
              (all, [c, part]) => all + share * part * at(x!, [n!, r, c, channel!]),
              sum,
            ),
          0,
        ),
  )
}

const enlarge = (size: readonly [number, number], ...shape: [number, number, number]): Case => ({
  inputs: [['batch', ...shape]],
  params: { size },
  settings: 4,
  output: () => ['batch', shape[0] * size[0], shape[1] * size[1], shape[2]],
  formula: enlarged,
})

export const shapeCases: Cases = {
  permute: [
    moved(['batch', 2, 3], { dims: [2, 1] }, ['batch', 3, 2], ([n, a, b]) => [n!, b!, a!]),
    moved(['batch', 2, 3, 4], { dims: [3, 1, 2] }, ['batch', 4, 2, 3], ([n, a, b, c]) => [n!, b!, c!, a!]),
    moved(['batch', 3], { dims: [1] }, ['batch', 3], (position) => position),
  ],
  repeatVector: [
    moved(['batch', 3], { n: 4 }, ['batch', 4, 3], ([n, , c]) => [n!, c!]),
    moved(['batch', 2], { n: 1 }, ['batch', 1, 2], ([n, , c]) => [n!, c!]),
  ],
  zeroPadding1D: [
    moved(['batch', 3, 2], { padding: [1, 2] }, ['batch', 6, 2], ([n, step, c]) => [n!, step! - 1, c!]),
    moved(['batch', 3, 2], { padding: [0, 0] }, ['batch', 3, 2], (position) => position),
  ],
  zeroPadding2D: [
    moved(['batch', 2, 3, 2], { padding: [1, 0, 2, 1] }, ['batch', 3, 6, 2], ([n, r, c, ch]) => [
      n!,
      r! - 1,
      c! - 2,
      ch!,
    ]),
    moved(['batch', 1, 2, 1], { padding: [0, 2, 0, 1] }, ['batch', 3, 3, 1], (position) => position),
  ],
  cropping1D: [
    moved(['batch', 5, 2], { cropping: [1, 2] }, ['batch', 2, 2], ([n, step, c]) => [n!, step! + 1, c!]),
    moved(['batch', 3, 1], { cropping: [0, 0] }, ['batch', 3, 1], (position) => position),
  ],
  cropping2D: [
    moved(['batch', 4, 5, 2], { cropping: [1, 1, 0, 3] }, ['batch', 2, 2, 2], ([n, r, c, ch]) => [n!, r! + 1, c!, ch!]),
    moved(['batch', 2, 3, 1], { cropping: [0, 0, 2, 0] }, ['batch', 2, 1, 1], ([n, r, c, ch]) => [n!, r!, c! + 2, ch!]),
  ],
  upSampling1D: [
    moved(['batch', 3, 2], { size: 2 }, ['batch', 6, 2], ([n, step, c]) => [n!, Math.floor(step! / 2), c!]),
    moved(['batch', 2, 1], { size: 3 }, ['batch', 6, 1], ([n, step, c]) => [n!, Math.floor(step! / 3), c!]),
  ],
  upSampling2D: [
    enlarge([2, 2], 2, 3, 2),
    enlarge([3, 1], 2, 2, 1),
    enlarge([1, 2], 1, 1, 2),
    enlarge([2, 3], 3, 2, 1),
  ],
}
