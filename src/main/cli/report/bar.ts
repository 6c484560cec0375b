import type { RunInfo } from '#shared/run.ts'
import type { Reporter } from './reporter.ts'
import { describeReport } from './table.ts'
import {
  describeEnd,
  describeEpoch,
  describeExport,
  describeMark,
  describeRewound,
  describeStart,
  formatDuration,
} from './text.ts'

const barWidth = 20
const clearLine = '\r\u001b[K'

/** One line that is drawn again and again: how far, the last epoch's numbers, the time left. */
export function createBarReporter(terminal: NodeJS.WriteStream): Reporter {
  let run: RunInfo | null = null
  let done = 0
  let mark = 0
  let numbers = ''
  let left = ''
  let drawn = false

  const draw = (): void => {
    if (!run) return
    const share = Math.min(1, done / (run.epochs * run.stepsPerEpoch))
    const filled = Math.round(share * barWidth)
    const bar = '━'.repeat(filled) + '─'.repeat(barWidth - filled)
    const epoch = Math.min(run.epochs, Math.floor(done / run.stepsPerEpoch) + 1)
    const line = [`epoch ${epoch}/${run.epochs} ${bar}`, left, numbers].filter((part) => part !== '').join('  ')
    terminal.write(clearLine + line.slice(0, (terminal.columns || 80) - 1))
    drawn = true
  }
  const clear = (): void => {
    if (drawn) terminal.write(clearLine)
    drawn = false
  }
  const write = (line: string): void => {
    clear()
    terminal.write(`${line}\n`)
  }

  return {
    message(message) {
      if (message.type === 'started') {
        run = message.run
        done = run.startEpoch * run.stepsPerEpoch
        write(describeStart(run))
      }
      if (message.type === 'progress') {
        done = message.iteration
        left = message.secondsLeft === null ? '' : `${formatDuration(message.secondsLeft)} left`
      }
      if (message.type === 'epoch') {
        done = message.epoch * (run?.stepsPerEpoch ?? 0)
        numbers = describeEpoch(message)
      }
      if (message.type === 'live' && message.mark > mark) write(describeMark(message))
      if (message.type === 'live') mark = message.mark
      if (message.type === 'rewound') write(describeRewound(message))
      draw()
      if (message.type === 'ended') {
        terminal.write('\n')
        drawn = false
        write(describeEnd(message))
      }
    },
    reported: (report) => write(`${describeReport(report)}\n`),
    exported: (file) => write(describeExport(file)),
    close: clear,
  }
}
