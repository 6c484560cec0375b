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

/** A session that runs a graph of a Program. */
export function openGraph(graph: Graph, options: SessionOptions): Promise<Session> {
  return Session.create(encodeModel(modelOf(graph)), options)
}
