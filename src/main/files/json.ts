/** JSON with errors that name the place, which JSON.parse tells in some versions of Node and not in others. */
import { CallError } from '#shared/result.ts'

const blank = /[ \t\n\r]*/y
const literal = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// eslint-disable-next-line no-control-regex -- control characters are what JSON forbids in a string
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y

/** Where a text stops being JSON and what should stand there; null when it is JSON. */
function findError(text: string): { readonly at: number; readonly expected: string } | null {
  let at = 0
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match) at = pattern.lastIndex
    return match !== null
  }
  const takeSign = (sign: string): boolean => {
    take(blank)
    if (text[at] !== sign) return false
    at += 1
    take(blank)
    return true
  }
  /** Items up to the closing sign; returns what was expected where it stops. */
  const list = (close: string, item: () => string | null): string | null => {
    if (takeSign(close)) return null
    for (;;) {
      const error = item()
      if (error) return error
      if (takeSign(close)) return null
      if (!takeSign(',')) return `"," or "${close}"`
    }
  }
  const member = (): string | null => {
    if (!take(string)) return 'a name in double quotes'
    if (!takeSign(':')) return '":"'
    return value()
  }
  const value = (): string | null => {
    if (takeSign('{')) return list('}', member)
    if (takeSign('[')) return list(']', value)
    return take(string) || take(literal) ? null : 'a value'
  }
  take(blank)
  const expected = value()
  if (expected) return { at, expected }
  take(blank)
  return at < text.length ? { at, expected: 'the end of the file' } : null
}

/** Reads JSON; throws a CallError with file name, line and column of the first mistake. */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const found = findError(text)
    if (!found) throw error
    const before = text.slice(0, found.at).split('\n')
    const column = (before.at(-1)?.length ?? 0) + 1
    const there = found.at < text.length ? `not ${JSON.stringify(text[found.at])}` : 'but the file ends'
    throw new CallError(
      'invalid',
      `${name}, line ${before.length}, column ${column}: expected ${found.expected}, ${there}.`,
    )
  }
}
