/**
 * Writes docs/reference from the definitions. Options: --pictures draws what techniques do, --results makes the runs of the
 * table (and goes on where it stopped); both train, and take --only l1,dropout. --seeds and --search-seeds say how often.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { pages } from './pages.ts'
import { picturesWanted } from './picture.ts'
import { drawPictures } from './pictures.ts'
import { collectResults, readResults } from './results.ts'
import { techniques, type Technique } from './techniques.ts'
import { sentenceOf, startTrainings, type Trainings } from './trainings.ts'

const root = resolve(import.meta.dirname, '..', '..')
const folder = join(root, 'docs', 'reference')
const resultsPath = join(folder, 'results.json')

interface Options {
  readonly pictures: boolean
  readonly results: boolean
  readonly chosen: readonly Technique[]
  readonly seeds: number
  readonly searchSeeds: number
}

/** Reads the command line; throws one sentence about a mistake in it. */
function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      pictures: { type: 'boolean', default: false },
      results: { type: 'boolean', default: false },
      only: { type: 'string' },
      seeds: { type: 'string', default: '10' },
      'search-seeds': { type: 'string', default: '3' },
    },
  })
  const all = techniques()
  const kinds = values.only?.split(',') ?? null
  const stranger = kinds?.find((kind) => !all.some(({ definition }) => definition.kind === kind))
  if (stranger !== undefined) throw new Error(`--only ${stranger}: there is no such technique.`)
  const count = (option: 'seeds' | 'search-seeds'): number => {
    const number = Number(values[option])
    if (Number.isInteger(number) && number >= 1) return number
    throw new Error(`--${option} ${values[option]}: write a whole number from 1.`)
  }
  return {
    pictures: values.pictures,
    results: values.results,
    chosen: kinds ? all.filter(({ definition }) => kinds.includes(definition.kind)) : all,
    seeds: count('seeds'),
    searchSeeds: count('search-seeds'),
  }
}

/** Does what has to be trained for, in one trainer that is closed afterwards. */
async function training(work: (trainings: Trainings) => Promise<unknown>): Promise<void> {
  const trainings = startTrainings(join(import.meta.dirname, 'trainer.js'), join(root, 'resources', 'data'))
  try {
    await work(trainings)
  } finally {
    trainings.close()
  }
}

/** The pictures there are of those there should be; others are removed. */
function picturesThere(): ReadonlySet<string> {
  const wanted = new Set(picturesWanted())
  const pictures = join(folder, 'pictures')
  mkdirSync(pictures, { recursive: true })
  const there = readdirSync(pictures).map((name) => `pictures/${name}`)
  for (const path of there) if (!wanted.has(path)) rmSync(join(folder, path))
  return new Set(there.filter((path) => wanted.has(path)))
}

/** Writes all pages and removes those that no definition stands behind any more. */
function writePages(): number {
  const written = pages(picturesThere(), readResults(resultsPath))
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = name.replaceAll('\\', '/')
    if (path.endsWith('.md') && !written.has(path)) rmSync(join(folder, path))
  }
  for (const [path, text] of written) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return written.size
}

try {
  const { pictures, results, chosen, seeds, searchSeeds } = readOptions()
  const tell = (line: string): void => console.log(line)
  mkdirSync(folder, { recursive: true })
  try {
    if (pictures) await training((trainings) => drawPictures(trainings, folder, chosen, tell))
    if (results)
      await training((trainings) => collectResults(trainings, resultsPath, chosen, { seeds, searchSeeds }, tell))
  } finally {
    console.log(`${writePages()} pages in docs/reference.`)
  }
} catch (error) {
  console.error(sentenceOf(error))
  process.exitCode = 1
}
