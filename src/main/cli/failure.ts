/** How commands end when they cannot do what was asked. */
import { failureOf } from '#shared/failure.ts'
import type { ErrorCode, Failure } from '#shared/result.ts'

/** Exit codes: 2 for what the person can mend (project, data, arguments), 1 for anything else that went wrong. */
const exitCodes: Readonly<Record<ErrorCode, 1 | 2>> = {
  invalid: 2,
  missing: 2,
  busy: 1,
  crashed: 1,
  parity: 1,
  internal: 1,
}

/** The lines that tell a failure: one sentence for each thing to mend. */
function sentences({ code, message, issues }: Failure): readonly string[] {
  if (code === 'internal') return [`Espalier has a defect: ${message}`]
  const errors = issues.filter(({ severity }) => severity === 'error')
  return errors.length > 0 ? [...new Set(errors.map((issue) => issue.message))] : [message]
}

/** Writes a warning for people, apart from what the command gives. */
export function warn(sentence: string): void {
  process.stderr.write(`${sentence}\n`)
}

/** Says on standard error what went wrong, without a stack trace; gives the exit code. */
export function tellFailure(error: unknown): number {
  const failure = failureOf(error)
  for (const sentence of sentences(failure)) warn(sentence)
  return exitCodes[failure.code]
}
