/** Ctrl-C: once asks for an orderly end, twice ends at once. */

/** What a shell expects of a program that was interrupted. */
export const interruptedCode = 130

/**
 * Calls `orderly` at the first interruption and `atOnce` at the second, after which the process ends; returns how to
 * stop listening. SIGTERM counts as an interruption.
 */
export function onInterrupt(orderly: () => void, atOnce: () => void): () => void {
  let count = 0
  const listener = (): void => {
    count += 1
    if (count === 1) return orderly()
    atOnce()
    process.exit(interruptedCode)
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return () => {
    process.off('SIGINT', listener)
    process.off('SIGTERM', listener)
  }
}
