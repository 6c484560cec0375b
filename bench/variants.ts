/** Workloads once more with techniques or without, raced against themselves: what those cost. */
import type { Project, ProjectGraph, Setting } from '#engine/project/project.ts'

export interface Variant {
  /** What the table calls it. */
  readonly name: string
  readonly workload: string
  change(project: Project): Project
}

const setting = (kind: string, params: Setting['params'] = {}): Setting => ({ kind, params })

/** A network with layers put between its Input and what follows. */
function entered({ nodes, wires }: ProjectGraph, layers: readonly Setting[]): ProjectGraph {
  const [input] = nodes
  if (!input) return { nodes, wires }
  const added = layers.map((layer, index) => ({
    ...layer,
    name: `augmentation${index + 1}`,
    position: { x: 100, y: index * 100 },
  }))
  const names = [input.name, ...added.map(({ name }) => name)]
  const last = names.at(-1) ?? input.name
  return {
    nodes: [...nodes, ...added],
    wires: [
      ...wires.map((wire) => (wire.from === input.name ? { ...wire, from: last } : wire)),
      ...names.slice(1).map((to, index) => ({ from: names[index] ?? input.name, to })),
    ],
  }
}

/** Every kernel with these penalties and no others. */
function penalized({ nodes, wires }: ProjectGraph, penalties: readonly Setting[]): ProjectGraph {
  return {
    nodes: nodes.map((node) =>
      'units' in node.params ? { ...node, params: { ...node.params, kernelRegularizers: penalties } } : node,
    ),
    wires,
  }
}

/** The network without its dropout. */
function undropped({ nodes, wires }: ProjectGraph): ProjectGraph {
  return nodes
    .filter(({ kind }) => kind === 'dropout')
    .reduce<ProjectGraph>(
      (graph, { name }) => {
        const into = graph.wires.find(({ to }) => to === name)
        return {
          nodes: graph.nodes.filter((node) => node.name !== name),
          wires: graph.wires
            .filter(({ to }) => to !== name)
            .map((wire) => (wire.from === name && into ? { ...wire, from: into.from } : wire)),
        }
      },
      { nodes, wires },
    )
}

export const bare: Variant = {
  name: 'without L2 and dropout',
  workload: 'b',
  change: (project) => ({ ...project, graph: undropped(penalized(project.graph, [])) }),
}

export const regularized: Variant = {
  name: 'with L1, L2, dropout, label smoothing, MixUp, EMA',
  workload: 'b',
  change: (project) => ({
    ...project,
    graph: penalized(project.graph, [setting('l1', { strength: 1e-5 }), setting('l2', { strength: 1e-4 })]),
    training: {
      ...project.training,
      regularizers: [setting('labelSmoothing'), setting('mixUp'), setting('weightAverage')],
    },
  }),
}

export const augmented: Variant = {
  name: 'with flip, rotate, translate, brightness',
  workload: 'c',
  change: (project) => ({
    ...project,
    graph: entered(
      project.graph,
      ['randomFlip', 'randomRotation', 'randomTranslation', 'randomBrightness'].map((kind) => setting(kind)),
    ),
  }),
}

export const variants: readonly Variant[] = [bare, regularized, augmented]
