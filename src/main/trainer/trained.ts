/** A run's project and data with weights it kept: what is exported and reported on. */
import { exportModel, type ExportedModel } from '#engine/compile/exportModel.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import packageFile from '../../../package.json' with { type: 'json' }
import { openGraph } from './model.ts'
import type { Part } from './run/parts.ts'
import type { Prepared } from './run/prepare.ts'
import type { FloatTensor, Tensors } from './run/state.ts'
import type { ReportSums } from './run/summary.ts'
import { chunksOf, evaluateParts } from './run/validation.ts'
import type { SessionOptions } from './session.ts'

export interface Trained {
  readonly prepared: Prepared
  readonly weights: Tensors
  /** Epochs the weights were trained for. */
  readonly epoch: number
  /** Live settings as they were at the end. */
  readonly live: Readonly<Record<string, number>>
}

/** The weights that techniques transform, as their layers use them in predictions. */
export async function usedWeights(
  { prepared: { program }, weights }: Trained,
  options: SessionOptions,
): Promise<ReadonlyMap<string, Tensor>> {
  const graph = program.used()
  if (!graph) return new Map()
  const session = await openGraph(graph, options)
  try {
    const feeds = session.inputs.flatMap((name): [string, Tensor][] => {
      const tensor = weights.get(name)
      return tensor ? [[name, tensor]] : []
    })
    const results = await session.run(Object.fromEntries(feeds))
    return new Map(Object.entries(results).map(([name, tensor]) => [name.slice(0, -'.used'.length), tensor]))
  } finally {
    await session.release()
  }
}

/** The model to take away, `build` making it: the compiler's export unless a test replaces it. */
export function modelFor(
  { prepared, weights }: Trained,
  used: ReadonlyMap<string, Tensor>,
  choices: { readonly opset: number; readonly shrink: boolean },
  build: typeof exportModel = exportModel,
): ExportedModel {
  return build(prepared.project, {
    ...{ weights, used, ...choices },
    preprocessing: prepared.dataset.preprocessing,
    data: prepared.shape,
    producerVersion: packageFile.version,
    metadata: {},
  })
}

/** Losses, penalties and metrics on some rows, in inference mode. */
export async function measureRows(
  { prepared: { program }, weights, live }: Trained,
  part: Part,
  options: SessionOptions,
): Promise<ReturnType<ReportSums['means']>> {
  const settings = program.live.map(({ name, value }): [string, FloatTensor] => [
    name,
    { dtype: 'float32', shape: [], data: Float32Array.of(live[name] ?? value) },
  ])
  const session = await openGraph(program.evaluate(), options)
  try {
    const { sums } = await evaluateParts(session, program, chunksOf(part), new Map([...weights, ...settings]))
    return sums.means()
  } finally {
    await session.release()
  }
}
