/** From what was thrown to what crosses processes. */
import * as v from 'valibot'
import { IssueError } from '#engine/project/project.ts'
import { CallError, type Failure } from './result.ts'

/** What was thrown, as the Failure that tells it: user mistakes as they are, anything else as a defect. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CallError) return error.failure
  if (error instanceof IssueError) return { code: 'invalid', message: error.message, issues: [...error.issues] }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error), issues: [] }
}

/** Where and how a value differs from its schema, in one line: `graph/nodes/0/name: Expected string`. */
export function mismatch(schema: v.GenericSchema, value: unknown): string {
  const [issue] = v.safeParse(schema, value).issues ?? []
  if (!issue) return ''
  const path = issue.path?.map(({ key }) => String(key)).join('/')
  return path ? `${path}: ${issue.message}` : issue.message
}
