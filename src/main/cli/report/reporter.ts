import type { RunReport } from '#shared/report.ts'
import type { Exported } from '#shared/routes.ts'
import type { RunMessage } from '#shared/run.ts'

/** Tells on standard output how a training goes. */
export interface Reporter {
  message(message: RunMessage): void
  reported(report: RunReport): void
  exported(file: Exported): void
  /** Leaves the terminal as it was, before anything else is written to it. */
  close(): void
}
