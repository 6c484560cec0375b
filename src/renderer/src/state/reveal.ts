/** Takes the person to the place an issue names. */
import { tick } from 'svelte'
import { layout } from './layout.svelte.ts'
import { selection } from './selection.svelte.ts'

/** Shows the field of this place, `graph/dense1/units`, and puts the focus there; else the nearest one around it. */
export async function reveal(path: string): Promise<void> {
  const [root, name] = path.split('/')
  if (root === 'data' && name === 'columns') return layout.show('data')
  if (root === 'graph' && name) selection.select([name])
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
}
