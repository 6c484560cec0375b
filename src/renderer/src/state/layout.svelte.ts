/** Which panels stand where, and the theme: remembered on this machine, never in the project. */
import * as v from 'valibot'

export const drawerTabs = ['loss', 'metrics', 'weights', 'report', 'diagnosis', 'data', 'outline', 'problems'] as const
export type DrawerTab = (typeof drawerTabs)[number]
export const themes = ['system', 'light', 'dark'] as const

const rememberedSchema = v.object({
  left: v.boolean(),
  right: v.boolean(),
  drawer: v.boolean(),
  drawerHeight: v.number(),
  tab: v.picklist(drawerTabs),
  theme: v.picklist(themes),
  closed: v.array(v.string()),
  logarithmic: v.boolean(),
  minimap: v.optional(v.boolean(), true),
})
type Remembered = v.InferOutput<typeof rememberedSchema>

/** The groups of layers that small networks do without. */
const closedAtFirst = [
  'Convolution',
  'Pooling',
  'Recurrent',
  'Attention',
  'Activation',
  'Normalization',
  'Shape',
  'Merge',
].map((group) => `layers.${group}`)

const key = 'espalier.layout'
const initial: Remembered = {
  left: true,
  right: true,
  drawer: true,
  drawerHeight: Math.round(innerHeight * 0.34),
  tab: 'loss',
  theme: 'system',
  closed: closedAtFirst,
  logarithmic: false,
  minimap: true,
}

function recall(): Remembered {
  try {
    const result = v.safeParse(rememberedSchema, JSON.parse(localStorage.getItem(key) ?? 'null'))
    return result.success ? result.output : initial
  } catch {
    return initial
  }
}

class LayoutState {
  #state = $state<Remembered>(recall())

  get left() {
    return this.#state.left
  }
  get right() {
    return this.#state.right
  }
  get drawer() {
    return this.#state.drawer
  }
  get drawerHeight() {
    return this.#state.drawerHeight
  }
  get tab() {
    return this.#state.tab
  }
  get theme() {
    return this.#state.theme
  }
  /** Whether the loss is drawn on a logarithmic axis. */
  get logarithmic() {
    return this.#state.logarithmic
  }

  /** Whether the whole network is shown small in a corner of the canvas. */
  get minimap() {
    return this.#state.minimap
  }

  isClosed(section: string): boolean {
    return this.#state.closed.includes(section)
  }

  change(part: Partial<Remembered>): void {
    Object.assign(this.#state, part)
    localStorage.setItem(key, JSON.stringify(this.#state))
  }

  toggleSection(section: string): void {
    const { closed } = this.#state
    this.change({ closed: closed.includes(section) ? closed.filter((id) => id !== section) : [...closed, section] })
  }

  /** Shows a tab of the drawer, opening it where it is closed. */
  show(tab: DrawerTab): void {
    this.change({ tab, drawer: true })
  }
}

export const layout = new LayoutState()
