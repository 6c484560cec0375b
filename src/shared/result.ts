/** How calls end across processes: a value, or an error with a code a shell can act on. */
import * as v from 'valibot'
import { issueSchema } from '#engine/project/schema.ts'

const errorCodes = [
  /** The user's project, data or arguments: `issues` say where and how to mend it. */
  'invalid',
  /** The named thing is not there. */
  'missing',
  /** Not now: a run is already going, or none is. */
  'busy',
  /** The trainer's process ended unexpectedly. */
  'crashed',
  /** The exported file does not compute what the trainer computes. */
  'parity',
  /** A defect in Espalier. */
  'internal',
] as const

export const failureSchema = v.strictObject({
  code: v.picklist(errorCodes),
  /** One sentence: what, where, and the mend. */
  message: v.string(),
  issues: v.array(issueSchema),
})
export type Failure = v.InferOutput<typeof failureSchema>
export type ErrorCode = Failure['code']

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Failure }

/** An error that crosses processes as its Failure. */
export class CallError extends Error {
  override name = 'CallError'
  readonly failure: Failure
  constructor(code: ErrorCode, message: string, issues: Failure['issues'] = []) {
    super(message)
    this.failure = { code, message, issues }
  }
}
