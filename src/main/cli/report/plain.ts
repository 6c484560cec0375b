import type { Reporter } from './reporter.ts'
import { describeEnd, describeEpoch, describeExport, describeStart } from './text.ts'

/** A line an epoch, for logs and pipes. */
export function createPlainReporter(): Reporter {
  const write = (line: string): void => {
    process.stdout.write(`${line}\n`)
  }
  let epochs = 0
  return {
    message(message) {
      if (message.type === 'started') {
        epochs = message.run.epochs
        write(describeStart(message.run))
      }
      if (message.type === 'epoch') write(`epoch ${message.epoch}/${epochs}  ${describeEpoch(message)}`)
      if (message.type === 'ended') write(describeEnd(message))
    },
    exported: (file) => write(describeExport(file)),
    close: () => undefined,
  }
}
