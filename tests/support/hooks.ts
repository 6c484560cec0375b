/** Definitions built into graphs of their own, their parameters bound to exact float64 inputs. */
import type { Definition, Randomness, Time, ValuesOf } from '#engine/define.ts'
import type { Shape, Value } from '#engine/graph/graph.ts'
import { Builder } from '#engine/ops/builder.ts'
import { Prepared, type Numbers } from './evaluate64.ts'
import { array } from './reals.ts'

/** What every hook of a definition is given: builder, filled-in parameters, and the numbers among them as scalars. */
export interface Hooks<D extends Definition> {
  readonly g: Builder
  readonly params: ValuesOf<D['params']>
  scalar(name: string): Value
}

/** A graph under construction with the feeds that belong to its inputs. */
export class Bench {
  readonly g = new Builder('bench')
  readonly #feeds: Record<string, Numbers> = {}

  /** A float32 input and the numbers it is fed. */
  feed(name: string, shape: readonly number[], data: ArrayLike<number>): Value {
    this.#feeds[name] = array(shape, data)
    return this.g.input(name, 'float32', shape)
  }

  hooks<D extends Definition>(definition: D, params: ValuesOf<D['params']>): Hooks<D> {
    const known = new Map<string, Value>()
    return {
      g: this.g,
      params,
      scalar: (name) => {
        const value: unknown = params[name]
        if (typeof value !== 'number') throw new Error(`${definition.kind} has no number ${name}`)
        const input = known.get(name) ?? this.feed(`param.${name}`, [], [value])
        known.set(name, input)
        return input
      },
    }
  }

  /** Where a run is: so many steps done, by default of two epochs of ten. */
  time(iteration = 0, stepsPerEpoch = 10, epochs = 2): Time {
    return {
      iteration: this.feed('time.iteration', [], [iteration]),
      stepsPerEpoch: this.feed('time.stepsPerEpoch', [], [stepsPerEpoch]),
      epochs: this.feed('time.epochs', [], [epochs]),
    }
  }

  /** Random numbers from a list, each draw an input `drawn0`, `drawn1` ... of the graph. */
  randomness(numbers: (name: string, size: number) => ArrayLike<number>): Randomness {
    let drawn = 0
    const draw = (like: Shape | Value): Value => {
      const shape = ('name' in like ? like.shape : like).map(Number)
      const name = `drawn${drawn++}`
      return this.feed(
        name,
        shape,
        numbers(
          name,
          shape.reduce((product, size) => product * size, 1),
        ),
      )
    }
    return { mask: draw, uniform: draw, normal: draw }
  }

  /** The numbers of these values, in double precision. */
  run(...values: readonly Value[]): Numbers[] {
    return this.prepare(...values)({})
  }

  /** The same as a function of other numbers for some of the inputs, by name. */
  prepare(...values: readonly Value[]): (data: Readonly<Record<string, ArrayLike<number>>>) => Numbers[] {
    const outputs = values.map((value, index) => this.g.output(value, `out.${index}.${this.g.graph.outputs.length}`))
    const prepared = new Prepared(this.g.graph)
    return (data) => {
      const feeds = Object.entries(this.#feeds).map(([name, { shape, data: own }]) => [
        name,
        array(shape, data[name] ?? own),
      ])
      const results = prepared.run(Object.fromEntries(feeds))
      return outputs.map(({ name }) => {
        const result = results.get(name)
        if (!result || result.dtype === 'string') throw new Error(`${name} is not a number`)
        return result
      })
    }
  }

  /** The numbers of one value. */
  data(value: Value): Float64Array {
    const [result] = this.run(value)
    if (!result) throw new Error('nothing was computed')
    return result.data
  }
}
