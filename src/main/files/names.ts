/** A name a person gave, as a file name that every system takes: `Breast cancer: L1` becomes `breast-cancer-l1`. */
export function slug(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)
  return plain === '' ? 'project' : plain
}
