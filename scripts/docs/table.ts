/** The page of results, from the numbers of the runs. */
import { bestOf, type Configuration, meanOf, type Results } from './results.ts'

/** Mean and standard error of differences, by seed. */
interface Difference {
  readonly mean: number
  readonly error: number
}

const headings: readonly (readonly [string, string])[] = [
  ['regularizer', 'Regularizers'],
  ['constraint', 'Constraints'],
  ['layer', 'Layers'],
  ['loss', 'Losses'],
  ['optimizer', 'Optimizers, against Adam at a learning rate of 0.003'],
  ['schedule', 'Learning rate schedules'],
]

/** The table of all techniques as a page in Markdown. */
export function tableOf(results: Results): string {
  const { setup, configurations, networks, unfit } = results
  const bases = new Map(
    configurations.filter(({ technique }) => technique === null).map((base) => [base.network, base]),
  )
  const names = [...new Set(configurations.flatMap(({ technique }) => technique ?? []))]
  const section = ([family, title]: readonly [string, string]): string[] => {
    const lines = names.flatMap((name) => (name.startsWith(`${family}/`) ? lineOf(name, results, bases) : []))
    return lines.length === 0 ? [] : [`## ${title}`, [head, rule, ...lines].join('\n')]
  }
  const lines = [
    '# What each technique does for digits',
    `Handwritten digits of 8 × 8 pixels in ten classes: ${setup.train} rows to train on, ${setup.validation} to validate on, the other ${setup.test} to test on, drawn anew for each of ${setup.seeds} seeds. ${setup.epochs} epochs of Adam at a learning rate of 0.003, batches of 32. All numbers are accuracy on test rows in percent, mean ± standard error over the seeds; a difference is taken seed by seed against the same network without the technique.`,
    `The search tries four values over what a definition calls sensible, of its first such parameter, with ${setup.searchSeeds} seeds each, and goes by validation rows alone; then the value it found, or the default where that was best, is tested with all seeds. Validation rows serve the search and the rules that watch them; nothing else sees them. A technique helps (or hurts) where its difference is more than twice its standard error: about one line in twenty would say so by chance.`,
    'This is one small problem. What does nothing here may be worth much elsewhere, and the other way round.',
    '`npm run docs -- --results` makes the runs anew.',
    '## Without any',
    [
      row(['Network', 'Accuracy']),
      row(['---', '---:']),
      ...networks.flatMap(({ name, title }) => {
        const base = bases.get(name)
        return base ? [row([`${name}: ${title}`, accuracy(base)])] : []
      }),
    ].join('\n'),
    ...headings.flatMap(section),
    ...(unfit.length === 0
      ? []
      : [
          '## Not in the tables',
          'These fit into none of the networks:',
          unfit.map(({ technique, title, reason }) => `- ${linked(technique, title)}: ${reason}`).join('\n'),
        ]),
  ]
  return `${lines.join('\n\n')}\n`
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const head = row(['Technique', 'Network', 'At its defaults', 'Difference', 'Best value', 'There', 'Difference', ''])
const rule = row(['---', '---', '---:', '---:', '---', '---:', '---:', '---'])

function lineOf(name: string, { setup, configurations }: Results, bases: ReadonlyMap<string, Configuration>): string[] {
  const own = configurations.filter(({ technique }) => technique === name)
  const [preset] = own
  const base = preset && bases.get(preset.network)
  if (!preset || !base) return []
  const best = bestOf(own, setup.searchSeeds)
  const [atDefaults, atBest] = [difference(preset, base), difference(best, base)]
  const searchedValue = Object.entries(best.params)
    .filter(([param, value]) => preset.params[param] !== value)
    .map(([param, value]) => `\`${param}\` ${number(value)}`)
    .join(', ')
  return [
    row([
      linked(name, preset.title),
      preset.network,
      accuracy(preset),
      signed(atDefaults),
      own.length === 1 ? 'nothing to search' : best === preset ? 'the default' : searchedValue,
      best === preset ? '' : accuracy(best),
      best === preset ? '' : signed(atBest),
      verdict(atBest),
    ]),
  ]
}

const folders: Readonly<Record<string, string>> = { loss: 'losses' }

function linked(name: string, title: string): string {
  const [family = '', kind = ''] = name.split('/')
  return `[${title}](${folders[family] ?? `${family}s`}/${kind}.md)`
}

const number = (value: unknown): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(3))) : String(value)

const percent = (value: number, digits = 1): string => (value * 100).toFixed(digits)

function accuracy({ test }: Configuration): string {
  const mean = meanOf(test)
  if (mean === null) return `diverged in ${test.filter((each) => each === null).length} of ${test.length}`
  return `${percent(mean)} ± ${percent(errorOf(test.flatMap((each) => each ?? [])))}`
}

/** The standard error of the mean. */
function errorOf(numbers: readonly number[]): number {
  const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length
  const squares = numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0)
  return numbers.length < 2 ? 0 : Math.sqrt(squares / (numbers.length - 1) / numbers.length)
}

/** Seed by seed, over the seeds that both have; null where training came to no numbers. */
function difference(own: Configuration, base: Configuration): Difference | null {
  if (meanOf(own.test) === null) return null
  const pairs = own.test.flatMap((each, seed) => {
    const other = base.test[seed]
    return each === null || other === null || other === undefined ? [] : [each - other]
  })
  const mean = pairs.reduce((sum, each) => sum + each, 0) / pairs.length
  return { mean, error: errorOf(pairs) }
}

function signed(difference: Difference | null): string {
  if (!difference) return ''
  const { mean, error } = difference
  return `${mean < 0 ? '−' : '+'}${percent(Math.abs(mean))} ± ${percent(error)}`
}

function verdict(difference: Difference | null): string {
  if (!difference) return 'diverges'
  const { mean, error } = difference
  if (mean === 0 && error === 0) return 'changes nothing here'
  if (Math.abs(mean) <= 2 * error) return 'no clear difference'
  return mean > 0 ? '**helps**' : 'hurts'
}
