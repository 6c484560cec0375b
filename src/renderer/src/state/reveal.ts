/** Takes the person to the place an issue names. */
import { tick } from 'svelte'
import { layout } from './layout.svelte.ts'
import { selection } from './selection.svelte.ts'
import { outputName } from './terminals.ts'
import { view } from './view.svelte.ts'

/** Selects a layer, inside the blocks around it. */
function showLayer(way: readonly string[]): void {
  view.open(way)
  const name = way[view.path.length] ?? view.path.at(-1)
  // A path that ends at a block means the block, not what is inside.
  if (view.path.length === way.length) view.open(way.slice(0, -1))
  if (name !== undefined) selection.select([name])
}

/** Selects the node that puts out under the name a place begins with. */
function showOutput(place: string): void {
  view.open([])
  const found = view.graph.nodes.find((node) => `${place}/`.startsWith(`${outputName(view.graph, node)}/`))
  selection.select(found ? [found.name] : [])
}

/** Shows the field of this place, `graph/dense1/units`, and puts the focus there; else the nearest one around it. */
export async function reveal(path: string): Promise<void> {
  const [root, name, ...rest] = path.split('/')
  if (root === 'data' && name === 'columns') return layout.show('data')
  if (root === 'graph' && name) showLayer([name, ...rest])
  else if (root === 'training' && name === 'outputs') showOutput(rest.join('/'))
  else selection.clear()
  layout.change({ right: true })
  await tick()
  for (let place = path; place.includes('/'); place = place.slice(0, place.lastIndexOf('/'))) {
    const field = document.querySelector(`[data-place="${CSS.escape(place)}"]`)
    const control = field?.querySelector<HTMLElement>('input, select')
    if (field && control) {
      field.scrollIntoView({ block: 'center' })
      return control.focus()
    }
  }
  document.querySelector<HTMLElement>('[data-panel="right"] input')?.focus()
}
