/** Graphs that only ever run here, with the header the runtime wants. */
import { homeOpset, irVersions } from '#engine/compile/opset.ts'
import type { Graph, Model } from '#engine/graph/graph.ts'
import { encodeModel } from '#engine/onnx/encode.ts'
import { Session, type SessionOptions } from './session.ts'

/** A graph of a Program as a model. */
export function modelOf(graph: Graph): Model {
  return {
    graph,
    opset: { '': homeOpset, 'com.microsoft': 1, 'com.microsoft.nchwc': 1 },
    irVersion: irVersions[homeOpset] ?? 10,
    producerVersion: '',
    domain: '',
    modelVersion: 0,
    doc: '',
    metadata: {},
  }
}

/**
 * From so many nodes on a graph is run as it is. The runtime's own rewriting takes time that grows faster than the graph
 * (0.1 s of 2000 nodes, 0.6 s of 4000, 2 s of 8000: recurrent layers over many steps), and the compiler leaves it nothing to
 * find: in no measured network, recurrent, convolutional or attending, was a step slower without it.
 */
const manyNodes = 2000

/** The nodes of a graph and of the graphs inside it. */
function countNodes({ nodes }: Graph): number {
  return nodes.reduce(
    (count, { attributes }) =>
      Object.values(attributes).reduce(
        (sum, attribute) => sum + (attribute.type === 'graph' ? countNodes(attribute.value) : 0),
        count + 1,
      ),
    0,
  )
}

/** A session that runs a graph of a Program. */
export function openGraph(graph: Graph, options: SessionOptions): Promise<Session> {
  return Session.create(encodeModel(modelOf(graph)), { optimize: countNodes(graph) < manyNodes, ...options })
}
