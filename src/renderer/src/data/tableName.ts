/** A table by its name alone, without folders and without the mark of a sample. */
export const tableName = (source: string): string =>
  source
    .replace(/^sample:/, '')
    .split(/[\\/]/)
    .at(-1) ?? source
