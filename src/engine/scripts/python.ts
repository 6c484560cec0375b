/** Python as text: literals, names, and calls broken over lines where they are long. */

/** An expression: text as it stands, or something with items between brackets that may be broken over lines. */
export type Expression =
  string | { readonly open: string; readonly items: readonly Expression[]; readonly close: string }

const width = 100

/** A call with its arguments; `named` come last, as `name=value`. */
export function call(
  callee: string,
  positional: readonly Expression[] = [],
  named: Readonly<Record<string, Expression>> = {},
): Expression {
  const keywords = Object.entries(named).map(([name, value]) => prefixed(`${name}=`, value))
  return { open: `${callee}(`, items: [...positional, ...keywords], close: ')' }
}

export const list = (items: readonly Expression[]): Expression => ({ open: '[', items, close: ']' })

/** A tuple, with the comma that one of a single item needs. */
export const tuple = (items: readonly Expression[]): Expression =>
  items.length === 1 ? { open: '(', items, close: ',)' } : { open: '(', items, close: ')' }

export const dictionary = (entries: readonly (readonly [string, Expression])[]): Expression => ({
  open: '{',
  items: entries.map(([key, value]) => prefixed(`${key}: `, value)),
  close: '}',
})

/** The same expression with text before it, `x = ` or `return `. */
export function prefixed(text: string, expression: Expression): Expression {
  return typeof expression === 'string' ? text + expression : { ...expression, open: text + expression.open }
}

/** The same expression with text after it, such as the call of a layer. */
export function suffixed(expression: Expression, text: string): Expression {
  return typeof expression === 'string' ? expression + text : { ...expression, close: expression.close + text }
}

/** On one line. */
export function flat(expression: Expression): string {
  if (typeof expression === 'string') return expression
  return `${expression.open}${expression.items.map(flat).join(', ')}${expression.close}`
}

/** As lines of at most 100 characters where that can be had, each but the first four blanks deeper where it is broken. */
export function lines(expression: Expression, indent = ''): readonly string[] {
  const one = indent + flat(expression)
  if (typeof expression === 'string' || expression.items.length === 0 || one.length <= width) return [one]
  const short =
    expression.open.endsWith('[') && expression.items.every((item) => typeof item === 'string' && item.length < 30)
  const inner = short
    ? filled(expression.items.map(flat), `${indent}    `)
    : expression.items.flatMap((item) => withComma(lines(item, `${indent}    `)))
  return [indent + expression.open, ...inner, indent + expression.close.replace(/^,\)/, ')')]
}

/** Many short items, as many on a line as fit. */
function filled(items: readonly string[], indent: string): readonly string[] {
  const done: string[] = []
  for (const item of items) {
    const last = done.at(-1)
    const longer = `${last ?? indent}${last === undefined ? '' : ' '}${item},`
    if (last !== undefined && longer.length <= width) done[done.length - 1] = longer
    else done.push(`${indent}${item},`)
  }
  return done
}

function withComma(part: readonly string[]): readonly string[] {
  return part.map((line, index) => (index === part.length - 1 ? `${line},` : line))
}

/** A text as Python writes it. */
export const text = (value: string): string =>
  `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

/** A number as Python writes it. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return `float('${Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'}')`
  return String(value)
}

/** A number that Python must not take for a whole one. */
export const real = (value: number): string => (Number.isInteger(value) ? `${value}.0` : number(value))

export const boolean = (value: boolean): string => (value ? 'True' : 'False')

const keywords = new Set(
  (
    'and as assert async await break class continue def del elif else except False finally for from global if import in is lambda ' +
    'None nonlocal not or pass raise return True try while with yield print list input range len'
  ).split(' '),
)

/** Names for variables of Python, each different: letters, digits and _, none of Python's own. */
export class Names {
  readonly #taken: Set<string>
  readonly #names = new Map<string, string>()

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken)
  }

  /** The variable for a thing of this name; the same each time. */
  of(name: string): string {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    const plain = name.replaceAll(/\W/g, '_').replace(/^(?=\d)/, '_')
    let unique = keywords.has(plain) ? `${plain}_` : plain
    for (let count = 2; this.#taken.has(unique); count++) unique = `${plain}_${count}`
    this.#taken.add(unique)
    this.#names.set(name, unique)
    return unique
  }
}

/** Text as the string a module begins with. */
export function literalLines(title: string, doc: string): readonly string[] {
  const plain = (line: string): string => line.replaceAll('\\', '\\\\').replaceAll('"', "'")
  const rest = doc === '' ? [] : ['', ...doc.split('\n').map(plain)]
  return rest.length === 0 ? [`"""${plain(title)}"""`] : [`"""${plain(title)}`, ...rest, '"""']
}
