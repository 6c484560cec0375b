/** What can be done with the selected layers as wholes: freezing, repeating, grouping. */
import type { ProjectNode } from '#engine/project/project.ts'
import { originalOf, separate } from '#engine/project/sharing.ts'
import { group, groupRefusal, ungroup, ungroupRefusal } from '../state/blocks.ts'
import { repeatNode } from '../state/copies.ts'
import { freezeNodes, swap, swapRefusal } from '../state/edits.ts'
import { seenAt } from '../state/inspection.svelte.ts'
import { selection } from '../state/selection.svelte.ts'
import { noteLostWeights } from '../state/startingWeights.ts'
import { repeatRefusal } from '../state/sharing.ts'
import { view } from '../state/view.svelte.ts'
import { texts } from '../texts.ts'
import type { Command } from './command.ts'

const { commands } = texts

/** The layers whose weights the selection has: of repeats those drawn first. */
const originals = (): readonly ProjectNode[] =>
  selection.nodes.flatMap((name) => {
    const node = view.node(name)
    return node ? [originalOf(view.graph, node)] : []
  })

/** Those that have weights, as far as is known. */
const freezable = (): readonly ProjectNode[] =>
  originals().filter(({ name, kind }) => {
    const seen = seenAt(view.path, name)
    return kind !== 'input' && (seen === undefined || seen.parameters > 0)
  })

/** Whether all selected layers that have weights keep them. */
export const isFrozen = (): boolean => freezable().length > 0 && freezable().every(({ frozen }) => frozen === true)

function freeze(): void {
  const frozen = !isFrozen()
  const names = freezable().map(({ name }) => name)
  view.edit((graph) => freezeNodes(graph, names, frozen))
}

const single = (refusal: (name: string) => string | null) => () =>
  selection.single === null ? commands.notOne : refusal(selection.single)

function repeat(): void {
  const name = selection.single
  if (name === null) return
  let added = name
  view.edit((before) => {
    const { graph, name: repeated } = repeatNode(before, name)
    added = repeated
    return graph
  })
  selection.select([added])
}

function groupSelection(): void {
  const names = selection.nodes
  let block: string | null = null
  noteLostWeights(names)
  view.edit((before) => {
    const { graph, name } = group(before, names)
    block = name
    return graph
  })
  if (block !== null) selection.select([block])
}

function ungroupSelection(): void {
  const name = selection.single
  if (name === null) return
  let laid: readonly string[] = []
  noteLostWeights([name])
  view.edit((before) => {
    const { graph, names } = ungroup(before, name)
    laid = names
    return graph
  })
  selection.select(laid)
}

/** Shows the inside of a block; of one that is another once more, the inside of that. */
export function enterBlock(name: string): void {
  const node = view.node(name)
  if (node?.kind === 'block') view.open([...view.path, originalOf(view.graph, node).name])
}

/** Shows the network around the open block, with the block selected. */
function leaveBlock(): void {
  const name = view.path.at(-1)
  view.open(view.path.slice(0, -1))
  if (name !== undefined) selection.select([name])
}

/** The selected layer and the one before it, or after it: which of them comes first. */
function neighbours(direction: 'earlier' | 'later'): readonly [string | undefined, string | undefined] {
  const name = selection.single ?? undefined
  const { graph } = view
  return direction === 'earlier'
    ? [graph.wires.find(({ to }) => to === name)?.from, name]
    : [name, graph.wires.find(({ from }) => from === name)?.to]
}

const swapCommand = (name: 'earlier' | 'later', title: string, keys: string): Command => ({
  name,
  title,
  keys,
  off: single(() => swapRefusal(view.graph, ...neighbours(name))),
  run: () => {
    const [first, second] = neighbours(name)
    if (first !== undefined && second !== undefined) view.edit((graph) => swap(graph, first, second))
  },
})

/** These commands as they stand now. */
export function layerCommands(): readonly Command[] {
  return [
    {
      name: 'freeze',
      title: isFrozen() ? commands.unfreeze : commands.freeze,
      keys: 'f',
      off: () =>
        selection.nodes.length === 0 ? commands.nothingSelected : freezable().length > 0 ? null : commands.noWeights,
      run: freeze,
    },
    swapCommand('earlier', commands.earlier, 'Mod+Shift+ArrowUp'),
    swapCommand('later', commands.later, 'Mod+Shift+ArrowDown'),
    {
      name: 'repeat',
      title: commands.repeat,
      keys: 'Mod+Shift+d',
      off: single((name) => repeatRefusal(view.graph, name)),
      run: repeat,
    },
    {
      name: 'separate',
      title: commands.separate,
      off: single((name) => (view.node(name)?.sameAs === undefined ? commands.noRepeat : null)),
      run: () => {
        const name = selection.single
        if (name !== null) view.edit((graph) => separate(graph, name))
      },
    },
    {
      name: 'group',
      title: commands.group,
      keys: 'Mod+g',
      off: () => (selection.nodes.length === 0 ? commands.nothingSelected : groupRefusal(view.graph, selection.nodes)),
      run: groupSelection,
    },
    {
      name: 'ungroup',
      title: commands.ungroup,
      keys: 'Mod+Shift+g',
      off: single((name) => ungroupRefusal(view.graph, name)),
      run: ungroupSelection,
    },
    {
      name: 'enterBlock',
      title: commands.enterBlock,
      keys: 'Mod+ArrowDown',
      off: single((name) => (view.node(name)?.kind === 'block' ? null : texts.refusal.noBlock)),
      run: () => selection.single !== null && enterBlock(selection.single),
    },
    {
      name: 'leaveBlock',
      title: commands.leaveBlock,
      keys: 'Mod+ArrowUp',
      off: () => (view.path.length > 0 ? null : commands.notInside),
      run: leaveBlock,
    },
  ]
}
