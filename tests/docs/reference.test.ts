import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'valibot'
import { describe, expect, test } from 'vitest'
import { definitions } from '#engine/definitions.ts'
import type { Family } from '#engine/define.ts'
import { checkProject } from '#engine/project/check.ts'
import { projectSchema } from '#engine/project/schema.ts'
import { override } from '#main/cli/overrides.ts'
import { pages } from '../../scripts/docs/pages.ts'
import { picturesWanted } from '../../scripts/docs/picture.ts'
import { readResults } from '../../scripts/docs/results.ts'
import { usageOf } from '../../scripts/docs/usage.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'docs', 'reference')
const there = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'))
const pictures = there.filter((path) => path.endsWith('.svg'))

describe('docs/reference', () => {
  const wanted = pages(new Set(pictures), readResults(join(folder, 'results.json')))

  test('has a page for each definition and no other; `npm run docs` writes them', () => {
    expect(there.filter((path) => path.endsWith('.md')).sort()).toEqual([...wanted.keys()].sort())
  })

  test('says what the definitions say; `npm run docs` writes it anew', () => {
    const stale = [...wanted].filter(
      ([path, text]) => there.includes(path) && readFileSync(join(folder, path), 'utf8') !== text,
    )
    expect(stale.map(([path]) => path)).toEqual([])
  })

  test('links to nothing that is not there', () => {
    for (const [path, text] of wanted)
      for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)\)/g))
        expect(there, `${path} links to ${target}`).toContain(join(path, '..', target).replaceAll('\\', '/'))
  })

  test('has a small picture of what each technique does; `npm run docs -- --pictures` draws them', () => {
    expect(pictures.sort()).toEqual([...picturesWanted()].sort())
    for (const path of pictures) expect(statSync(join(folder, path)).size, path).toBeLessThan(10_000)
  })
})

describe('what a page tells to write', () => {
  const every = Object.entries(definitions).flatMap(([family, all]) =>
    Object.values(all).map((definition) => ({ family: family as Family, definition, kind: definition.kind })),
  )

  test.each(every)('on the command line is accepted: $family $kind', ({ family, definition }) => {
    const { cli } = usageOf(family, definition)
    if (!cli) return
    const text = readFileSync(join(root, 'resources', 'samples', `${cli.sample}.espalier`), 'utf8')
    const changed = override(parse(projectSchema, JSON.parse(text)), [cli.set])
    expect(checkProject(changed)).toEqual([])
  })
})
