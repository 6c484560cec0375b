/** All pages of docs/reference, from the definitions; `npm run docs` writes them, a test compares them with what is committed. */
import type { Definition, Family } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import { metrics } from '#engine/metrics/index.ts'
import { pageOf } from './page.ts'
import { captionOf, picturePath } from './picture.ts'
import type { Results } from './results.ts'
import { tableOf } from './table.ts'

const folders: Readonly<Record<Family, string>> = {
  regularizer: 'regularizers',
  constraint: 'constraints',
  layer: 'layers',
  loss: 'losses',
  metric: 'metrics',
  optimizer: 'optimizers',
  schedule: 'schedules',
  initializer: 'initializers',
}

const about: Readonly<Record<Family, string>> = {
  regularizer: 'What keeps a network from learning its rows by heart, on weights, on activities or on the whole run.',
  constraint: 'What weights have to be after each step.',
  layer: 'What a network is drawn from.',
  loss: 'What training makes small. Every loss of columns is a metric too.',
  metric: 'What is watched besides.',
  optimizer: 'How gradients become steps.',
  schedule: 'How the learning rate changes over the steps.',
  initializer: 'How weights start.',
}

const families: readonly Family[] = [
  'regularizer',
  'constraint',
  'layer',
  'loss',
  'metric',
  'optimizer',
  'schedule',
  'initializer',
]

/** What has a page of its own: all definitions but the metrics that are losses. */
function definitionsOf(family: Family): readonly Definition[] {
  return Object.values(family === 'metric' ? metrics : definitions[family])
}

/** By path within docs/reference: the text of each page. `pictures` names the pictures there are, `results` are null before any run. */
export function pages(pictures: ReadonlySet<string>, results: Results | null): ReadonlyMap<string, string> {
  const written = new Map<string, string>()
  for (const family of families)
    for (const definition of definitionsOf(family)) {
      const path = picturePath(family, definition)
      const caption = pictures.has(path) ? captionOf(family, definition) : null
      const picture = caption === null ? null : { path: `../${path}`, caption }
      written.set(pathOf(family, definition), pageOf(definition, { family, picture }))
    }
  if (results) written.set('results.md', tableOf(results))
  return written.set('README.md', indexOf(results !== null))
}

const pathOf = (family: Family, { kind }: Definition): string => `${folders[family]}/${kind}.md`

function indexOf(hasResults: boolean): string {
  const lines = [
    '# Reference',
    'One page for each definition, written by `npm run docs` from the definitions themselves. Formulas speak of w for a weight, g for its gradient, η for the learning rate of a step, t for the number of a step, x and y for what comes into a layer and what it puts out; of a loss, y is the target and p the prediction.',
    ...(hasResults
      ? ['[What each technique does for digits](results.md) is a table of real runs, what does not help included.']
      : []),
    `[${families.map((family) => `${heading(family)}](#${folders[family]})`).join(' · [')}`,
  ]
  const entry =
    (family: Family) =>
    (definition: Definition): string =>
      `- [${definition.title}](${pathOf(family, definition)}): ${definition.doc}`
  for (const family of families) {
    lines.push(`## ${heading(family)}`, about[family])
    if (family !== 'layer') {
      lines.push(definitionsOf(family).map(entry(family)).join('\n'))
      continue
    }
    const layers = Object.values(definitions.layer)
    for (const group of new Set(layers.map((layer) => layer.group)))
      lines.push(
        `### ${group}`,
        layers
          .filter((layer) => layer.group === group)
          .map(entry(family))
          .join('\n'),
      )
  }
  return `${lines.join('\n\n')}\n`
}

const heading = (family: Family): string => folders[family].slice(0, 1).toUpperCase() + folders[family].slice(1)
