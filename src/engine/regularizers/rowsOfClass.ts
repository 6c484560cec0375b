/** The rows of each class that has any, in their order. */
export function rowsOfClass(classes: Uint32Array): ReadonlyMap<number, Uint32Array> {
  const lists = new Map<number, number[]>()
  classes.forEach((own, row) => {
    const list = lists.get(own)
    if (list) list.push(row)
    else lists.set(own, [row])
  })
  return new Map([...lists].sort(([one], [other]) => one - other).map(([own, rows]) => [own, Uint32Array.from(rows)]))
}
