/** Units of a network: channels of values that can only go together, whatever computes or reads them. */
export class Units {
  readonly #parents: number[] = []

  /** So many new units, each alone. */
  fresh(count: number): readonly number[] {
    const from = this.#parents.length
    for (let index = 0; index < count; index++) this.#parents.push(from + index)
    return Array.from({ length: count }, (_, index) => from + index)
  }

  /** The number that stands for a unit and all that are joined with it. */
  of(unit: number): number {
    const parent = this.#parents[unit]
    if (parent === undefined) throw new Error(`there is no unit ${unit}`)
    if (parent === unit) return unit
    const root = this.of(parent)
    this.#parents[unit] = root
    return root
  }

  /** From now on each unit of one list goes with the one at its place in the other. */
  join(one: readonly number[], other: readonly number[]): void {
    one.forEach((unit, index) => {
      const partner = other[index]
      if (partner !== undefined) this.#parents[this.of(unit)] = this.of(partner)
    })
  }
}
