/** GridSample: every place of the grid on its own, pixel by pixel. */
import { forEachPosition, numbers, strides } from './array.ts'
import type { Operator } from './operator.ts'

/** To the nearest whole number, halves to the even one. */
const even = (value: number): number =>
  Math.abs(value - Math.trunc(value)) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value)

export const gridSampling: Readonly<Record<string, Operator>> = {
  GridSample: (call) => {
    const [x, grid] = [call.numbers(0), call.numbers(1)]
    const [images, channels, rows, columns] = x.shape as readonly [number, number, number, number]
    const [steps, gridSteps] = [strides(x.shape), strides(grid.shape)]
    const [height, width] = grid.shape.slice(1, 3) as [number, number]
    const shape = [images, channels, height, width]
    const data: number[] = []
    forEachPosition(shape, ([image, channel, row, column]) => {
      const at = image! * gridSteps[0]! + row! * gridSteps[1]! + column! * gridSteps[2]!
      const place = (index: number, size: number): number => ((grid.data[at + index]! + 1) * size - 1) / 2
      const [c, r] = [place(0, columns), place(1, rows)]
      const read = (down: number, across: number): number =>
        down < 0 || across < 0 || down >= rows || across >= columns
          ? 0
          : x.data[image! * steps[0]! + channel! * steps[1]! + down * steps[2]! + across]!
      if (call.text('mode') === 'nearest') return void data.push(read(even(r), even(c)))
      const [top, left] = [Math.floor(r), Math.floor(c)]
      const [above, below] = [top, top + 1].map((down) => {
        const [one, other] = [read(down, left), read(down, left + 1)]
        return one + (other - one) * (c - left)
      })
      data.push(above! + (below! - above!) * (r - top))
    })
    return [numbers(x.dtype, shape, data)]
  },
}
