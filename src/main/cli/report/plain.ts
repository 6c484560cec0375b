import type { Reporter } from './reporter.ts'
import { describeReport } from './table.ts'
import { describeEnd, describeEpoch, describeExport, describeMark, describeRewound, describeStart } from './text.ts'

/** A line an epoch, for logs and pipes. */
export function createPlainReporter(): Reporter {
  const write = (line: string): void => {
    process.stdout.write(`${line}\n`)
  }
  let epochs = 0
  let mark = 0
  return {
    message(message) {
      if (message.type === 'started') {
        epochs = message.run.epochs
        write(describeStart(message.run))
      }
      if (message.type === 'epoch') write(`epoch ${message.epoch}/${epochs}  ${describeEpoch(message)}`)
      if (message.type === 'live' && message.mark > mark) write(describeMark(message))
      if (message.type === 'live') mark = message.mark
      if (message.type === 'rewound') write(describeRewound(message))
      if (message.type === 'ended') write(describeEnd(message))
    },
    reported: (report) => write(`${describeReport(report)}\n`),
    exported: (file) => write(describeExport(file)),
    close: () => undefined,
  }
}
