/** What a file does not say of training, assumed from how the network ends. */
import type { Issue, OutputSettings, ProjectGraph, Setting, TrainingSettings } from '#engine/project/project.ts'
import type { NamedOutput } from './graph.ts'

/** Usual settings, with the loss that goes with the end of each output; says what has been assumed. */
export function assumedTraining(
  graph: ProjectGraph,
  outputs: readonly NamedOutput[],
  issues: Issue[],
): TrainingSettings {
  const losses = outputs.map(({ name, node, sizes }) => {
    const { loss, because } = assumedLoss(graph, node, sizes.at(-1) ?? 1)
    issues.push({
      severity: 'warning',
      path: 'training/loss',
      message: `A model file says nothing of training; as ${outputs.length > 1 ? `the output ${name}` : 'the network'} ${because}.`,
    })
    return [node, { loss }] as const
  })
  return {
    loss: losses[0]?.[1].loss ?? { kind: 'meanSquaredError', params: {} },
    // Small steps: the weights are trained already.
    optimizer: { kind: 'adam', params: { learningRate: 0.0001 } },
    metrics: [],
    ...(outputs.length > 1 ? { outputs: Object.fromEntries<OutputSettings>(losses) } : {}),
    regularizers: [],
    epochs: 20,
    batchSize: 32,
    shuffle: true,
    seed: 1,
  }
}

function assumedLoss(
  { nodes, wires }: ProjectGraph,
  node: string,
  width: number,
): { readonly loss: Setting; readonly because: string } {
  const activation = lastActivation({ nodes, wires }, node)
  const plain = (kind: string): Setting => ({ kind, params: {} })
  const logits = (kind: string): Setting => ({ kind, params: { fromLogits: true } })
  if (activation === 'sigmoid')
    return {
      loss: plain('binaryCrossentropy'),
      because: 'ends in sigmoid, binaryCrossentropy is assumed; choose another loss if that is wrong',
    }
  if (activation === 'softmax')
    return {
      loss: plain('sparseCategoricalCrossentropy'),
      because: 'ends in softmax, sparseCategoricalCrossentropy is assumed; choose another loss if that is wrong',
    }
  // The softmax of a log-softmax is that of the scores it was made from.
  if (activation === 'log_softmax')
    return {
      loss: logits('sparseCategoricalCrossentropy'),
      because:
        'ends in log-softmax, sparseCategoricalCrossentropy from logits is assumed; choose another loss if that is wrong',
    }
  if (width > 1)
    return {
      loss: logits('sparseCategoricalCrossentropy'),
      because: `ends without softmax in ${width} numbers, scores of classes and sparseCategoricalCrossentropy from logits are assumed; choose meanSquaredError if it predicts numbers`,
    }
  return {
    loss: plain('meanSquaredError'),
    because:
      'ends without sigmoid in one number, meanSquaredError is assumed; choose binaryCrossentropy with "From logits" if it is the score of a class',
  }
}

/** The activation that made the numbers of an output, whatever arranged them since. */
function lastActivation({ nodes, wires }: ProjectGraph, name: string): string {
  const node = nodes.find((each) => each.name === name)
  const source = wires.find(({ to }) => to === name)?.from
  const activation = node?.kind === 'softmax' ? 'softmax' : node?.params['activation']
  const arranged =
    ['reshape', 'flatten', 'permute'].includes(node?.kind ?? '') ||
    (node?.kind === 'activation' && activation === 'linear')
  if (arranged && source !== undefined) return lastActivation({ nodes, wires }, source)
  return typeof activation === 'string' && !['lstm', 'gru', 'simpleRNN'].includes(node?.kind ?? '')
    ? activation
    : 'linear'
}
