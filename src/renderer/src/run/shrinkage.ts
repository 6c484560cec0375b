/** What leaving out idle units saves, in words. */
import type { Shrinkage } from '#shared/report.ts'
import { texts } from '../texts.ts'
import { formatBytes, formatCount } from '../ui/numbers.ts'

/** `2,049 → 1,272 parameters, 10.2 KB → 7.4 KB, 4,249 → 2,690 operations a row`. */
export function describeShrinkage({ parameters, bytes, operations, columns }: Shrinkage): string {
  const unread = columns.before - columns.after
  const parts = [
    texts.export.fewerParameters(formatCount(parameters.before), formatCount(parameters.after)),
    texts.export.fewerBytes(formatBytes(bytes.before), formatBytes(bytes.after)),
    texts.export.fewerOperations(formatCount(operations.before), formatCount(operations.after)),
    ...(unread > 0 ? [texts.export.unreadColumns(formatCount(unread), formatCount(columns.before))] : []),
  ]
  return parts.join(', ')
}
