/** What this program is and what it runs on. */
import { availableParallelism } from 'node:os'
import packageFile from '../../../package.json' with { type: 'json' }

export const version: string = packageFile.version

/** The device line: `CPU, 2 threads, onnxruntime 1.30.0`. */
export function device(): string {
  const threads = availableParallelism()
  const runtime = packageFile.dependencies['onnxruntime-node']
  return `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}, onnxruntime ${runtime}`
}
