/** Beginning with a network that is drawn already: from a template, or suggested for the table. */
import { followTerminals } from '#engine/project/follow.ts'
import { suggest } from '#engine/project/starts/suggest.ts'
import { dataForAny, startProject, type Start } from '#engine/project/starts/templates.ts'
import { data } from '../state/data.svelte.ts'
import { documentState } from '../state/document.svelte.ts'
import { moveNodes } from '../state/edits.ts'
import { notices } from '../state/notices.svelte.ts'
import { selection } from '../state/selection.svelte.ts'
import { taskOf } from '../state/task.ts'
import { view } from '../state/view.svelte.ts'
import { workbench } from '../state/workbench.svelte.ts'
import { texts } from '../texts.ts'
import { canvas } from './canvas.svelte.ts'
import { tidyPositions } from './tidy.ts'

/** Laid out as a whole: templates with branches name no places for them. */
const tidied = ({ graph, training }: Start): Start => ({ graph: moveNodes(graph, tidyPositions(graph)), training })

/** Opens a new project with the network, on the table of the open one or on none. */
export function beginWith(title: string, start: Start, keepsTable: boolean): void {
  const { project } = documentState
  const settings = project ? dataForAny(project.data) : null
  const own = settings && keepsTable ? settings : emptyData
  void workbench.openNew(startProject(title, '', tidied(start), own)).then(canvas.fit)
}

const emptyData = { source: null, columns: {}, validationFraction: 0.2, stratify: true, standardize: true }

/** Draws the network suggested for the table in place of the one there is, as one step back. */
export function suggestHere(): void {
  const start = tidied(suggest(taskOf(data.summary)))
  view.open([])
  selection.clear()
  documentState.edit((project) =>
    followTerminals(project, { ...project, ...start, data: dataForAny(project.data), weights: null }),
  )
  notices.show('done', texts.start.suggested)
  canvas.fit()
}
