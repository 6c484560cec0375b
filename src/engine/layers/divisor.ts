/** The largest number up to `most` that divides a size: into how many equal groups it can be split. */
export function divisorOf(size: number, most: number): number {
  for (let groups = Math.min(size, most); groups > 1; groups--) if (size % groups === 0) return groups
  return 1
}
