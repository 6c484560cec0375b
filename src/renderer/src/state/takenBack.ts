/** Live settings of the document that follow the run when it goes back to before they were changed. */
import type { LiveSpec } from '#engine/compile/program.ts'
import { isSetting, isSettings, settingsOf, writeAt } from '#engine/project/place.ts'
import type { ParamValue, Place, Project, Setting } from '#engine/project/project.ts'

/** A live setting's value before and after a run went back. */
export interface TakenBack {
  readonly name: string
  readonly from: number
  readonly to: number
}

/** The project with those of the settings put back that still are what they were in the run. */
export function putBack(project: Project, live: readonly LiveSpec[], changes: readonly TakenBack[]): Project {
  return changes.reduce((before, { name, from, to }) => {
    const spec = live.find((each) => each.name === name)
    const place = spec && spec.value === from ? placeOf(project, spec.setting) : null
    return spec && place ? writeAt(before, [...place, spec.param], to) : before
  }, project)
}

/** Where a setting stands in a project; null where it is not that very object. */
function placeOf({ graph, training }: Project, setting: Setting): Place | null {
  for (const node of graph.nodes) {
    const place = ['graph', node.name]
    const found = node === setting ? place : within(node.params, place, setting)
    if (found) return found
  }
  return within(settingsOf(training), ['training'], setting)
}

function within(values: Readonly<Record<string, ParamValue>>, place: Place, setting: Setting): Place | null {
  for (const [name, value] of Object.entries(values)) {
    const inner = isSetting(value) ? [value] : isSettings(value) ? value : []
    for (const [index, each] of inner.entries()) {
      const own = [...place, name, ...(isSetting(value) ? [] : [index])]
      const found = each === setting ? own : within(each.params, own, setting)
      if (found) return found
    }
  }
  return null
}
