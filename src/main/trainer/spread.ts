/** Mean and spread of numbers that are not kept. */

/** Mean and squared deviations of numbers that come one set after another (Welford 1962). */
export class Spread {
  readonly mean: Float64Array
  readonly #squares: Float64Array
  #count = 0

  constructor(size: number) {
    this.mean = new Float64Array(size)
    this.#squares = new Float64Array(size)
  }

  add(values: ArrayLike<number>): void {
    this.#count++
    for (let index = 0; index < this.mean.length; index++) {
      const value = values[index] ?? Number.NaN
      const before = this.mean[index] ?? 0
      const after = before + (value - before) / this.#count
      this.mean[index] = after
      this.#squares[index] = (this.#squares[index] ?? 0) + (value - before) * (value - after)
    }
  }

  /** The standard deviation of the values, as an estimate from a sample of them. */
  deviation(index: number): number {
    return Math.sqrt((this.#squares[index] ?? 0) / (this.#count - 1))
  }
}
