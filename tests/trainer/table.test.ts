import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cellText, parseTable } from '#main/trainer/data/table.ts'
import { decodeText, TableSource } from '#main/trainer/data/source.ts'
import { samples, temporaryFolder } from './projects.ts'

/** All cells by column name. */
function cells(text: string): Record<string, string[]> {
  const table = parseTable('t.csv', text)
  return Object.fromEntries(
    table.columns.map((column) => [column.name, Array.from({ length: table.rows }, (_, row) => cellText(column, row))]),
  )
}

describe('what is read', () => {
  test('commas, semicolons and tabs separate', () => {
    const read = { a: ['1', '3'], b: ['2', '4'] }
    expect(cells('a,b\n1,2\n3,4\n')).toEqual(read)
    expect(cells('a;b\n1;2\n3;4\n')).toEqual(read)
    expect(cells('a\tb\n1\t2\n3\t4\n')).toEqual(read)
  })

  test('a byte order mark, Windows line ends, blank lines and blanks around cells do not matter', () => {
    expect(cells('\uFEFFa , b\r\n 1, 2\r\n\r\n3,4\r\n\r\n')).toEqual({ a: ['1', '3'], b: ['2', '4'] })
  })

  test('quotes protect separators, line breaks and quotes', () => {
    expect(cells('a,b\n"1,5","say ""hi"""\n"x\ny",2')).toEqual({ a: ['1,5', 'x\ny'], b: ['say "hi"', '2'] })
  })

  test('rows know the line they begin on, after blank lines and cells of several lines', () => {
    expect([...parseTable('t.csv', 'a,b\n1,"x\ny"\n\n2,3').lines]).toEqual([2, 5])
  })

  test('decimal commas are understood where commas do not separate', () => {
    expect(parseTable('t.csv', 'a;b\n1,5;2\n').decimal).toBe(',')
    expect(parseTable('t.csv', 'a;b\n1,5;2.5\n').decimal).toBe('.')
  })

  test('UTF-16 with its mark is read as well as UTF-8', () => {
    const utf16 = Uint8Array.from([0xff, 0xfe, ...Buffer.from('a,ü', 'utf16le')])
    expect(decodeText('t.csv', utf16)).toBe('a,ü')
  })
})

test.each([
  ['an empty file', '', 't.csv is empty; it needs a line of column names and rows below it.'],
  ['column names alone', 'a,b\n', 't.csv has column names but no rows; add rows below them.'],
  ['a row too long', 'a,b\n1,2\n1,2,3\n', 't.csv, line 3 has 3 cells where the line of column names has 2'],
  ['a row too short', 'a,b\n1\n', 't.csv, line 2 has 1 cells'],
  ['names that come twice', 'a,b,a\n1,2,3', 't.csv, line 1: columns 1 and 3 are both named "a"; rename one of them.'],
  ['a column without a name', 'a,,c\n1,2,3', 't.csv, line 1: column 2 has no name; give every column one.'],
  ['no column names', '1,2\n3,4\n', 't.csv, line 1 holds numbers, not column names'],
  ['a quote never closed', 'a,b\n1,2\n"3,4\n5,6\n', 't.csv, line 3: a quote is opened and never closed'],
])('%s is an error that names file, line and mend', (_, text, message) => {
  expect(() => parseTable('t.csv', text)).toThrow(message)
})

test('bytes that are not UTF-8 are an error that names the line', () => {
  const latin1 = Buffer.from('a,b\n1,2\ncaf\xe9,3\n', 'latin1')
  expect(() => decodeText('t.csv', latin1)).toThrow('t.csv, line 3: not UTF-8 text; save the file as UTF-8.')
})

describe('where tables come from', () => {
  test('samples by name, files beside the project by relative path', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'own.csv'), 'a,b\n1,2\n')
    const tables = new TableSource(samples)
    expect((await tables.read('sample:iris.csv', folder)).rows).toBe(150)
    expect((await tables.read('own.csv', folder)).rows).toBe(1)
  })

  test('a changed file is read again', async () => {
    const folder = await temporaryFolder()
    const tables = new TableSource(samples)
    await writeFile(join(folder, 'own.csv'), 'a,b\n1,2\n')
    await tables.read('own.csv', folder)
    await writeFile(join(folder, 'own.csv'), 'a,b\n1,2\n3,4\n')
    expect((await tables.read('own.csv', folder)).rows).toBe(2)
  })

  test('a file that is not there is said to be missing', async () => {
    await expect(new TableSource(samples).read('nowhere.csv', '/tmp')).rejects.toMatchObject({
      failure: { code: 'missing', message: expect.stringContaining('There is no data file /tmp/nowhere.csv') },
    })
  })

  test('a sample cannot lead out of the samples', async () => {
    await expect(new TableSource(samples).read('sample:../../package.json', '/')).rejects.toThrow(
      'does not name a sample',
    )
  })
})
