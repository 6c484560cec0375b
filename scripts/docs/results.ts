/** What each technique does for digits: runs at defaults, a small search on validation rows, runs at what it found. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import * as v from 'valibot'
import type { ParamValue, Project } from '#engine/project/project.ts'
import { dropped, epochs, type Network, networks, projectOf, residual, rows, stepsPerRun } from './networks.ts'
import { idOf, place, presetOf, searched, type Technique, techniques } from './techniques.ts'
import { sentenceOf, type Trainings } from './trainings.ts'

const share = v.nullable(v.number())
const param = v.union([v.number(), v.string(), v.boolean(), v.null(), v.array(v.number())])

const configurationSchema = v.strictObject({
  /** `regularizer/l1`; null for a network without any. */
  technique: v.nullable(v.string()),
  title: v.string(),
  network: v.string(),
  /** What differs from the technique's defaults. */
  params: v.record(v.string(), param),
  /** Accuracy on validation rows and on test rows, by seed; null where training came to no numbers. */
  validation: v.array(share),
  test: v.array(share),
})
export type Configuration = v.InferOutput<typeof configurationSchema>

const resultsSchema = v.strictObject({
  /** What all runs have in common; results of another setup are not gone on with. */
  setup: v.strictObject({
    train: v.number(),
    validation: v.number(),
    test: v.number(),
    epochs: v.number(),
    steps: v.number(),
    seeds: v.number(),
    searchSeeds: v.number(),
  }),
  networks: v.array(v.strictObject({ name: v.string(), title: v.string() })),
  configurations: v.array(configurationSchema),
  /** Techniques that fit into none of the networks, each with the reason. */
  unfit: v.array(v.strictObject({ technique: v.string(), title: v.string(), reason: v.string() })),
})
export type Results = v.InferOutput<typeof resultsSchema>

/** Results as they were written; null where there are none. */
export function readResults(path: string): Results | null {
  return existsSync(path) ? v.parse(resultsSchema, JSON.parse(readFileSync(path, 'utf8'))) : null
}

export interface Effort {
  readonly seeds: number
  readonly searchSeeds: number
}

/** Rows of digits.csv. */
const allRows = 1797

const keyOf = ({ technique, network, params }: Pick<Configuration, 'technique' | 'network' | 'params'>): string =>
  JSON.stringify([technique, network, params])

/**
 * Trains what is missing, one run after the other, and writes the results after each configuration, so that it can be gone on
 * with. Throws at the end where some technique could not be trained.
 */
export async function collectResults(
  trainings: Trainings,
  path: string,
  chosen: readonly Technique[],
  { seeds, searchSeeds }: Effort,
  tell: (line: string) => void,
): Promise<void> {
  const setup = {
    ...rows,
    test: allRows - rows.train - rows.validation,
    epochs,
    steps: stepsPerRun,
    seeds,
    searchSeeds,
  }
  const before = readResults(path)
  const isSame = before && JSON.stringify(before.setup) === JSON.stringify(setup)
  const order = techniques().map(idOf)
  const rank = (technique: string | null): number => (technique === null ? -1 : order.indexOf(technique))
  const exists = ({ technique }: Configuration): boolean => technique === null || order.includes(technique)
  const known = new Map((isSame ? before.configurations : []).filter(exists).map((each) => [keyOf(each), each]))
  const wanted = new Set<string>()
  const unfit = (before?.unfit ?? []).filter(({ technique }) => !chosen.some((each) => idOf(each) === technique))
  const write = (): void => {
    const results: Results = {
      setup,
      networks: [...networks, residual, dropped].map(({ name, title }) => ({ name, title })),
      configurations: [...known.values()].sort((a, b) => rank(a.technique) - rank(b.technique)),
      unfit: unfit.toSorted((a, b) => rank(a.technique) - rank(b.technique)),
    }
    writeFileSync(`${path}.next`, textOf(results))
    renameSync(`${path}.next`, path)
  }

  /** A configuration with numbers for this many seeds. */
  const ensure = async (
    about: Pick<Configuration, 'technique' | 'title' | 'network' | 'params'>,
    project: Project,
    count: number,
  ): Promise<Configuration> => {
    const key = keyOf(about)
    let own: Configuration = { ...about, validation: [], test: [], ...pick(known.get(key)) }
    const missing = own.test.length < count
    for (let seed = own.test.length + 1; seed <= count; seed++) {
      const { validation, test } = await accuracies(trainings, project, seed)
      own = { ...own, validation: [...own.validation, validation], test: [...own.test, test] }
    }
    known.set(key, own)
    wanted.add(key)
    if (missing) write()
    return own
  }
  const base = (network: Network): Promise<Configuration> =>
    ensure({ technique: null, title: 'Nothing', network: network.name, params: {} }, projectOf(network, '', 0), seeds)

  const tryOut = async (technique: Technique): Promise<void> => {
    const { title } = technique.definition
    const preset = presetOf(technique)
    const placed = place(technique, preset)
    if (typeof placed === 'string') {
      unfit.push({ technique: idOf(technique), title, reason: placed })
      tell(`${idOf(technique)} fits nowhere: ${placed}`)
      return
    }
    await base(placed.network)
    const about = { technique: idOf(technique), title, network: placed.network.name }
    const attempt = (params: Configuration['params'], count: number): Promise<Configuration> | null => {
      const tried = place(technique, params)
      return typeof tried === 'string' || tried.network !== placed.network
        ? null
        : ensure({ ...about, params }, tried.project, count)
    }
    const atDefaults = await ensure({ ...about, params: plain(preset) }, placed.project, seeds)
    const search = searched(technique.definition)
    const found = [atDefaults]
    for (const value of search?.values ?? []) {
      const tried = search && (await attempt({ ...plain(preset), [search.param]: value }, searchSeeds))
      if (tried) found.push(tried)
    }
    const best = bestOf(found, searchSeeds)
    if (best !== atDefaults) await attempt(best.params, seeds)
  }
  await base(networks[0])
  const failed: string[] = []
  for (const technique of chosen) {
    // One that fails keeps none of the others waiting.
    const failure = await tryOut(technique).then(() => null, sentenceOf)
    for (const [key, { technique: id }] of known) if (id === idOf(technique) && !wanted.has(key)) known.delete(key)
    if (failure !== null) failed.push(`${idOf(technique)}: ${failure}`)
    tell(failure === null ? `${idOf(technique)} done` : `${idOf(technique)} FAILED: ${failure}`)
  }
  write()
  if (failed.length > 0) throw new Error(`These failed:\n${failed.join('\n')}`)
}

/** As JSON, with one configuration a line. */
function textOf({ configurations, ...about }: Results): string {
  const lines = configurations.map((each) => JSON.stringify(each)).join(',\n')
  return `${JSON.stringify(about).slice(0, -1)},\n"configurations":[\n${lines}\n]}\n`
}

const pick = (known: Configuration | undefined): Partial<Configuration> =>
  known ? { validation: known.validation, test: known.test } : {}

/** What a technique is tried with holds no settings of others. */
function plain(params: Readonly<Record<string, ParamValue>>): Configuration['params'] {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => (v.is(param, value) ? [[name, value]] : [])),
  )
}

/** Trains once and measures; null for what diverged. */
async function accuracies(
  trainings: Trainings,
  project: Project,
  seed: number,
): Promise<{ readonly validation: number | null; readonly test: number | null }> {
  const { epochs: told, ended } = await trainings.train(project, seed)
  if (ended.reason === 'diverged') return { validation: null, test: null }
  const kept = told.find(({ epoch }) => epoch === ended.keptEpoch) ?? told.at(-1)
  return { validation: kept?.validation?.accuracy ?? null, test: await trainings.testAccuracy(seed) }
}

/** The mean of shares; null when one of them is no number. */
export function meanOf(shares: readonly (number | null)[]): number | null {
  const numbers = shares.filter((each) => each !== null)
  if (numbers.length < shares.length || shares.length === 0) return null
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length
}

/** The configuration with the highest accuracy on validation rows over the first seeds; the earlier of two alike. */
export function bestOf<C extends Configuration>(found: readonly C[], searchSeeds: number): C {
  const height = (each: C): number => meanOf(each.validation.slice(0, searchSeeds)) ?? -1
  const [first, ...others] = found
  if (!first) throw new Error('There is nothing to choose from.')
  return others.reduce((best, each) => (height(each) > height(best) ? each : best), first)
}
