/** Einstein's sums over one or two values. */
import { GraphError, formatShape, type Dim, type Value } from '../graph/graph.ts'
import { textAttribute } from './attributes.ts'
import type { Builder } from './builder.ts'
import { inputOf, type Op } from './op.ts'

interface Equation {
  readonly terms: readonly string[]
  readonly result: string
}

/** The labels of every operand and of the result; without an arrow the result has those named once, in their order. */
function parse(text: string): Equation {
  const [left = '', right] = text.replaceAll(' ', '').split('->')
  const terms = left.split(',')
  const once = [...left.replaceAll(',', '')].filter(
    (label, _, all) => all.filter((each) => each === label).length === 1,
  )
  const result = right ?? once.toSorted().join('')
  for (const term of [...terms, result])
    if (!/^[A-Za-z]*$/.test(term) || new Set(term).size !== term.length)
      throw new GraphError(`Einsum does not read ${text}: each axis needs a letter of its own`)
  if (terms.length > 2) throw new GraphError(`Einsum takes one or two operands, not the ${terms.length} of ${text}`)
  return { terms, result }
}

const equationOf = (attributes: Parameters<typeof textAttribute>[0]): Equation =>
  parse(textAttribute(attributes, 'equation', ''))

/** The gradient of an operand: the same sum with the result in the operand's place. Axes that were only summed are repeated. */
function operandGradient(
  g: Builder,
  dy: Value,
  result: string,
  term: string,
  value: Value,
  other?: [string, Value],
): Value {
  const known = [...term].filter((label) => result.includes(label) || other?.[0].includes(label))
  const terms = other ? `${result},${other[0]}` : result
  const sum = g.Einsum(`${terms}->${known.join('')}`, other ? [dy, other[1]] : [dy])
  const missing = [...term].flatMap((label, axis) => (known.includes(label) ? [] : [axis]))
  return missing.length > 0 ? g.Expand(g.Unsqueeze(sum, missing), value) : sum
}

export const einsum: Record<string, Op> = {
  Einsum: {
    infer: (context) => {
      const { terms, result } = equationOf(context.attributes)
      const sizes = new Map<string, Dim>()
      terms.forEach((term, index) => {
        const { shape } = inputOf(context, index)
        ;[...term].forEach((label, axis) => {
          const [known, size] = [sizes.get(label), shape[axis]]
          if (size === undefined || shape.length !== term.length || (known !== undefined && known !== size))
            throw new GraphError(`Einsum ${terms.join(',')}->${result} does not fit ${formatShape(shape)}`)
          sizes.set(label, size)
        })
      })
      return [{ dtype: inputOf(context, 0).dtype, shape: [...result].map((label) => sizes.get(label) ?? 1) }]
    },
    // y[r] = Σ a[s] b[t]:  da[s] = Σ dy[r] b[t],  db[t] = Σ dy[r] a[s]
    gradient: ({ g, dy, node, input }) => {
      const { terms, result } = equationOf(node.attributes)
      return terms.map((term, index) => {
        const other = terms[1 - index]
        return operandGradient(
          g,
          dy,
          result,
          term,
          input(index),
          terms.length === 2 && other !== undefined ? [other, input(1 - index)] : undefined,
        )
      })
    },
  },
}
