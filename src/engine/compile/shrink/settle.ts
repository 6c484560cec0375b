/** What units that go have always added is added by what stays. */
import type { Tensor } from '../../graph/graph.ts'
import { isConstant } from './bounds.ts'
import { placeAlong } from './kernel.ts'
import type { Marked } from './mark.ts'
import type { Contraction } from './trace.ts'

/** Writes the constants of a sum anew where inputs that never change, but are not 0, go: b' = b + Σ w c, or w'ₛ = wₛ + Σ w c / cₛ. */
export function settle(contraction: Contraction, marked: Marked, constants: Map<string, Tensor>): void {
  const { name, inputAxis, outputAxis, from, bias, kernel } = contraction
  const going = from.units.map((unit, input): number => {
    const bounds = from.bounds[input]
    return bounds && isConstant(bounds) && !marked.isNeeded(unit) ? bounds.low : 0
  })
  if (going.every((value) => value === 0)) return
  if (bias !== null) {
    const added = new Float64Array(kernel.outputs)
    going.forEach((value, input) => {
      for (let output = 0; output < kernel.outputs; output++) {
        const at = input * kernel.outputs + output
        added[output] = (added[output] ?? 0) + value * ((kernel.above[at] ?? 0) + (kernel.below[at] ?? 0))
      }
    })
    rewrite(constants, bias, (number, output) => number + (added[output] ?? 0))
    return
  }
  const standIn = marked.standIns.get(contraction)
  const unit = standIn === undefined ? undefined : from.bounds[standIn]?.low
  const tensor = constants.get(name)
  // None stands in where no needed output reads any of them.
  if (standIn === undefined || unit === undefined || !tensor) return
  const [inputOf, outputOf] = [placeAlong(tensor.shape, inputAxis), placeAlong(tensor.shape, outputAxis)]
  const step = tensor.shape.slice(inputAxis + 1).reduce((product, size) => product * size, 1)
  rewrite(constants, name, (number, element) => {
    if (inputOf(element) !== standIn || !marked.isNeeded(contraction.to[outputOf(element)] ?? 0)) return number
    return going.reduce((sum, value, input) => {
      if (value === 0) return sum
      return sum + (value / unit) * Number(tensor.data[element + (input - standIn) * step])
    }, number)
  })
}

function rewrite(constants: Map<string, Tensor>, name: string, next: (number: number, index: number) => number): void {
  const tensor = constants.get(name)
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`${name} is no constant of float32 numbers`)
  constants.set(name, { ...tensor, data: tensor.data.map(next) })
}
