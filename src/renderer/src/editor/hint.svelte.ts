/** One sentence about what was just tried on the canvas, where the pointer is. */
import type { Issue } from '#engine/project/project.ts'

export interface Hint {
  readonly text: string
  /** What is wrong, where it has a mend. */
  readonly issue: Issue | null
  /** In pixels of the window. */
  readonly x: number
  readonly y: number
}

const shownFor = 9000

class HintState {
  now = $state.raw<Hint | null>(null)
  #timer: ReturnType<typeof setTimeout> | undefined

  show(hint: Hint): void {
    this.now = hint
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.hide, shownFor)
  }

  hide = (): void => {
    this.now = null
  }
}

export const hint = new HintState()
