/**
 * The number a person typed, of one that passed through float32 on its way (0.009999999776482582 is 0.01): the shortest
 * decimal with the same float32. Other numbers are given back as they are.
 */
export function typed(value: number): number {
  if (!Number.isFinite(value) || Math.fround(value) !== value) return value
  for (let digits = 1; digits < 10; digits++) {
    const decimal = Number(value.toPrecision(digits))
    if (Math.fround(decimal) === value) return decimal
  }
  return value
}
