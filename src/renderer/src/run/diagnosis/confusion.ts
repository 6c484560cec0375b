/** Rows counted by what they are and what they were taken for. */

/** [actual][predicted]: the places of the rows in the two lists. */
export function confusionOf(
  classes: number,
  actual: readonly number[],
  predicted: readonly number[],
): readonly (readonly (readonly number[])[])[] {
  const cells = Array.from({ length: classes }, () => Array.from({ length: classes }, (): number[] => []))
  actual.forEach((own, at) => cells[own]?.[predicted[at] ?? 0]?.push(at))
  return cells
}

/** The places of the greatest values, greatest first. */
export function greatest(values: readonly number[], most: number): readonly number[] {
  return values
    .map((value, at) => ({ value, at }))
    .sort((a, b) => b.value - a.value || a.at - b.at)
    .slice(0, most)
    .map(({ at }) => at)
}
