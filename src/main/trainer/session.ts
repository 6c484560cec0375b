/** The engine's graphs run by onnxruntime-node: the one place that knows that library. */
import type * as Runtime from 'onnxruntime-node'
import type { Tensor } from '#engine/graph/graph.ts'
import { CallError } from '#shared/result.ts'

let loading: Promise<typeof Runtime> | null = null

/** Loads the library when it is first needed; a CallError says in one sentence why it cannot be. */
async function loadRuntime(): Promise<typeof Runtime> {
  loading ??= import('onnxruntime-node').then((runtime) => {
    runtime.env.logLevel = 'error'
    return runtime
  })
  try {
    return await loading
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new CallError(
      'internal',
      `onnxruntime-node cannot be loaded on ${process.platform} ${process.arch}: ${reason}`,
    )
  }
}

/**
 * How long an idle thread waits by spinning before it sleeps, in microseconds. As fast as spinning on an idle machine, and
 * twice as fast as it when anything else wants a core.
 */
const spinDuration = '100'

export interface SessionOptions {
  /** How many threads share one operation; null leaves it to the runtime (one a core). */
  readonly threads: number | null
  /** Whether the runtime rewrites the graph before it runs it; it does unless told not to. */
  readonly optimize?: boolean
}

export type Feeds = Readonly<Record<string, Tensor>>

function toRuntime(runtime: typeof Runtime, tensor: Tensor): Runtime.Tensor {
  const { data, shape } = tensor
  switch (tensor.dtype) {
    case 'string':
      return new runtime.Tensor('string', Array.from(data as readonly string[]), shape)
    case 'bool':
      return new runtime.Tensor('bool', data as Uint8Array, shape)
    default:
      return new runtime.Tensor(tensor.dtype, data, shape)
  }
}

function fromRuntime(name: string, tensor: Runtime.OnnxValue): Tensor {
  const { type, dims, data } = tensor
  switch (type) {
    case 'float32':
    case 'float64':
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'bool':
    case 'string':
      return { dtype: type, shape: dims, data: data as Tensor['data'] }
    default:
      throw new Error(`output ${name} has the type ${type}, which the engine has not`)
  }
}

/** A graph ready to run. Tensors are passed without copying and must not change while a run is under way. */
export class Session {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly #runtime: typeof Runtime
  readonly #session: Runtime.InferenceSession
  /** The runtime's view of each tensor, made once for tensors that are fed again and again. */
  readonly #views: WeakMap<Tensor, Runtime.Tensor>

  private constructor(runtime: typeof Runtime, session: Runtime.InferenceSession) {
    this.#runtime = runtime
    this.#session = session
    this.#views = new WeakMap()
    this.inputs = session.inputNames
    this.outputs = session.outputNames
  }

  /** Makes a session of the bytes of an ONNX file; rejects with the runtime's own words when it will not have them. */
  static async create(bytes: Uint8Array, options: SessionOptions): Promise<Session> {
    const runtime = await loadRuntime()
    const session = await runtime.InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      ...(options.threads === null ? {} : { intraOpNumThreads: options.threads }),
      interOpNumThreads: 1,
      graphOptimizationLevel: options.optimize === false ? 'disabled' : 'all',
      extra: { session: { intra_op: { spin_duration_us: spinDuration } } },
    })
    return new Session(runtime, session)
  }

  #view(tensor: Tensor): Runtime.Tensor {
    let view = this.#views.get(tensor)
    if (!view) {
      view = toRuntime(this.#runtime, tensor)
      this.#views.set(tensor, view)
    }
    return view
  }

  #viewAll(tensors: Feeds): Record<string, Runtime.Tensor> {
    const views: Record<string, Runtime.Tensor> = {}
    for (const name in tensors) {
      const tensor = tensors[name]
      if (tensor) views[name] = this.#view(tensor)
    }
    return views
  }

  /** Runs once; the outputs are written into the tensors of `outputs`, whose shapes have to be right. */
  async runInto(feeds: Feeds, outputs: Feeds): Promise<void> {
    await this.#session.run(this.#viewAll(feeds), this.#viewAll(outputs))
  }

  /** Runs once and gives new tensors. */
  async run(feeds: Feeds): Promise<Record<string, Tensor>> {
    const results = await this.#session.run(this.#viewAll(feeds))
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromRuntime(name, tensor)]))
  }

  /** Frees the native memory. The session cannot run again. */
  async release(): Promise<void> {
    await this.#session.release()
  }
}
