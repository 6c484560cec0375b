/** Everything the workbench can do, by name: the command palette, shortcuts and the shell's menus all come here. */
import { tick } from 'svelte'
import { layerDefinitions } from '../definitions.ts'
import { canvas } from '../editor/canvas.svelte.ts'
import { suggestHere } from '../editor/starting.ts'
import { trainRefusal } from '../run/refusals.ts'
import { data } from '../state/data.svelte.ts'
import { clipboard } from '../state/clipboard.svelte.ts'
import { documentState } from '../state/document.svelte.ts'
import { removeNodes, removeWires } from '../state/edits.ts'
import { drawerTabs, layout } from '../state/layout.svelte.ts'
import { notices } from '../state/notices.svelte.ts'
import { run } from '../state/run.svelte.ts'
import { selection } from '../state/selection.svelte.ts'
import { theme } from '../state/theme.svelte.ts'
import { view } from '../state/view.svelte.ts'
import { workbench } from '../state/workbench.svelte.ts'
import { texts } from '../texts.ts'
import { chooseData } from '../data/upload.ts'
import type { Command } from './command.ts'
import { layerCommands } from './layers.ts'
import { movePanel } from './panels.ts'

const always = () => null
const needsProject = () => (documentState.project ? null : texts.title.noProject)
const needsLayers = () => (selection.nodes.length > 0 ? null : texts.commands.nothingSelected)

function removeSelection(): void {
  view.edit((graph) => removeNodes(removeWires(graph, selection.wires), selection.nodes))
  selection.clear()
}

function focusLayerSearch(): void {
  layout.change({ left: true })
  if (layout.isClosed('layers')) layout.toggleSection('layers')
  // Before the next key is pressed: what is typed right away belongs to the search.
  void tick().then(() => document.getElementById('layer-search')?.focus())
}

/** Trains, pauses or goes on, whichever is next. */
function trainOrPause(): void {
  if (run.phase === 'running') void run.pause()
  else if (run.phase === 'paused') void run.resume()
  else void run.start()
}

const trainOff = () => (run.phase === 'running' || run.phase === 'paused' ? null : trainRefusal())
export const stopRefusal = () =>
  run.phase === 'stopping'
    ? texts.run.stopping
    : run.phase === 'starting'
      ? texts.run.starting
      : run.isOn
        ? null
        : texts.run.notOn
export const undoRefusal = () => (documentState.canUndo ? null : texts.title.nothingToUndo)
export const redoRefusal = () => (documentState.canRedo ? null : texts.title.nothingToRedo)

/** The commands as they stand now; layers, tabs, samples and nodes among them. */
export function allCommands(): readonly Command[] {
  const { commands } = texts
  const train = run.phase === 'running' ? commands.pause : run.phase === 'paused' ? commands.resume : commands.train
  return [
    { name: 'train', title: train, keys: 'Mod+Enter', everywhere: true, off: trainOff, run: trainOrPause },
    { name: 'stop', title: commands.stop, off: stopRefusal, run: () => void run.stop() },
    {
      name: 'export',
      title: commands.export,
      keys: 'Mod+e',
      everywhere: true,
      off: needsProject,
      run: () => (workbench.dialog = 'export'),
    },
    { name: 'new', title: commands.newProject, off: always, run: () => (workbench.dialog = 'new') },
    {
      name: 'suggest',
      title: commands.suggest,
      off: () => (data.summary ? null : texts.run.noData),
      run: suggestHere,
    },
    { name: 'open', title: commands.open, keys: 'Mod+o', everywhere: true, off: always, run: workbench.askOpen },
    {
      name: 'save',
      title: commands.save,
      keys: 'Mod+s',
      everywhere: true,
      off: needsProject,
      run: () => void workbench.save(),
    },
    {
      name: 'saveAs',
      title: commands.saveAs,
      keys: 'Mod+Shift+s',
      everywhere: true,
      off: needsProject,
      run: () => void workbench.saveAs(),
    },
    { name: 'undo', title: commands.undo, keys: 'Mod+z', off: undoRefusal, run: () => documentState.undo() },
    { name: 'redo', title: commands.redo, keys: 'Mod+Shift+z', off: redoRefusal, run: () => documentState.redo() },
    {
      name: 'palette',
      title: commands.palette,
      keys: 'Mod+k',
      everywhere: true,
      off: always,
      run: () => (workbench.dialog = workbench.dialog === 'commands' ? null : 'commands'),
    },
    { name: 'chooseData', title: texts.data.choose, off: needsProject, run: () => void chooseData() },
    {
      name: 'insertLayer',
      title: commands.insertLayer,
      keys: 'i',
      off: needsProject,
      run: () => (workbench.dialog = 'insert'),
    },
    {
      name: 'connect',
      title: commands.connect,
      keys: 'w',
      off: () => (selection.single === null ? commands.notOne : null),
      run: () => (workbench.dialog = 'connect'),
    },
    { name: 'searchLayers', title: commands.searchLayers, keys: '/', off: always, run: focusLayerSearch },
    {
      name: 'delete',
      title: commands.remove,
      keys: 'Delete',
      off: () => (selection.isEmpty ? commands.nothingSelected : null),
      run: removeSelection,
    },
    { name: 'copy', title: commands.copy, keys: 'Mod+c', off: needsLayers, run: clipboard.copy },
    {
      name: 'paste',
      title: commands.paste,
      keys: 'Mod+v',
      off: () => (clipboard.isEmpty ? commands.nothingCopied : null),
      run: clipboard.paste,
    },
    { name: 'duplicate', title: commands.duplicate, keys: 'Mod+d', off: needsLayers, run: clipboard.duplicate },
    ...layerCommands(),
    {
      name: 'selectAll',
      title: commands.selectAll,
      keys: 'Mod+a',
      off: needsProject,
      run: () => selection.select(view.graph.nodes.map((node) => node.name)),
    },
    { name: 'deselect', title: commands.deselect, keys: 'Escape', off: always, run: () => selection.clear() },
    { name: 'fit', title: commands.fit, off: needsProject, run: canvas.fit },
    { name: 'tidy', title: commands.tidy, off: needsProject, run: canvas.tidy },
    {
      name: 'minimap',
      title: commands.minimap,
      off: always,
      run: () => layout.change({ minimap: !layout.minimap }),
    },
    { name: 'theme', title: commands.theme, off: always, run: () => theme.next() },
    { name: 'left', title: commands.left, off: always, run: () => layout.change({ left: !layout.left }) },
    { name: 'right', title: commands.right, off: always, run: () => layout.change({ right: !layout.right }) },
    { name: 'drawer', title: commands.drawer, off: always, run: () => layout.change({ drawer: !layout.drawer }) },
    {
      name: 'nextPanel',
      title: commands.nextPanel,
      keys: 'F6',
      everywhere: true,
      off: always,
      run: () => movePanel(1),
    },
    {
      name: 'previousPanel',
      title: commands.previousPanel,
      keys: 'Shift+F6',
      everywhere: true,
      off: always,
      run: () => movePanel(-1),
    },
    ...drawerTabs.map((tab) => ({
      name: `show.${tab}`,
      title: commands.show(texts.drawer.tabs[tab]),
      off: always,
      run: () => layout.show(tab),
    })),
    ...layerDefinitions.map(({ kind, title }) => ({
      name: `add.${kind}`,
      title: commands.addLayer(title),
      off: needsProject,
      run: () => canvas.add(kind),
    })),
    ...view.graph.nodes.map(({ name }) => ({
      name: `goTo.${name}`,
      title: commands.goTo(name),
      off: always,
      run: () => {
        selection.select([name])
        canvas.show(name)
      },
    })),
    ...workbench.samples.map(({ id, title }) => ({
      name: `sample.${id}`,
      title: commands.openSample(title),
      off: () => (run.isOn ? texts.open.whileOn : null),
      run: () => void workbench.openSample(id),
    })),
  ]
}

/** Does a command by its name, or says why not. A menu's `pause` is the command that trains, pauses and goes on. */
export function doCommand(asked: string): void {
  const name = asked === 'pause' ? 'train' : asked
  const command = allCommands().find((other) => other.name === name)
  if (!command) return
  const off = command.off()
  if (off === null) command.run()
  else notices.show('refused', `${command.title}: ${off}.`)
}
