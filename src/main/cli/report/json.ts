import type { Reporter } from './reporter.ts'

/** One JSON object a line: the run's messages as they are, and at the end `{"type":"report", ...}` and `{"type":"exported", ...}`. */
export function createJsonReporter(): Reporter {
  const write = (value: unknown): void => {
    process.stdout.write(`${JSON.stringify(value)}\n`)
  }
  return {
    message: write,
    reported: (report) => write({ type: 'report', ...report }),
    exported: (file) => write({ type: 'exported', ...file }),
    close: () => undefined,
  }
}
