/** Light or dark: what the system says, unless the person chose one. */
import { layout, themes } from './layout.svelte.ts'

const system = matchMedia('(prefers-color-scheme: dark)')

class ThemeState {
  #systemIsDark = $state(system.matches)

  readonly isDark = $derived(layout.theme === 'system' ? this.#systemIsDark : layout.theme === 'dark')

  constructor() {
    system.addEventListener('change', (event) => (this.#systemIsDark = event.matches))
  }

  /** Puts the choice on the page, where the tokens read it. */
  apply(): void {
    document.documentElement.dataset['theme'] = this.isDark ? 'dark' : 'light'
  }

  next(): void {
    const at = themes.indexOf(layout.theme)
    layout.change({ theme: themes[(at + 1) % themes.length] ?? 'system' })
  }
}

export const theme = new ThemeState()
