/** What the attention layers have in common. */
import type { LayerContext } from '../define.ts'
import { formatShape, type Value } from '../graph/graph.ts'
import { tensorOf } from '../graph/tensor.ts'
import { flag, number } from '../params.ts'
import { asSequence, reshapeTo } from './places.ts'

export const attentionParams = {
  dropout: number({
    title: 'Dropout',
    doc: 'Fraction of the attention weights that is dropped while training.',
    default: 0,
    min: 0,
    max: 0.999,
  }),
  useCausalMask: flag({
    title: 'Causal',
    doc: 'Let each step of the query see only the steps up to its own.',
    default: false,
  }),
}

/** How Keras writes what they have in common. */
export const attentionForm = { ignored: ['seed'], call: { useCausalMask: 'use_causal_mask' } } as const

/** Query [batch, steps, features], value and key, as Keras orders them; value stands for a key, the query for both, if left out. */
export function attended({
  inputs,
  from,
  name,
  fail,
}: Pick<LayerContext, 'inputs' | 'from' | 'name' | 'fail'>): readonly [query: Value, value: Value, key: Value] {
  const [query, value = query, key = value] = inputs
  if (!query || !value || !key) return fail('needs an input')
  for (const [index, { shape }] of inputs.entries()) {
    const given = `takes [batch, steps, features], but ${from[index] ?? 'an input'} gives ${formatShape(shape)}`
    if (shape.length !== 3)
      return fail(
        `${given}; insert Reshape between ${from[index] ?? 'it'} and ${name}`,
        undefined,
        reshapeTo(asSequence(shape), index),
      )
    if (shape.slice(1).some((dim) => typeof dim !== 'number'))
      return fail(`${given}, whose sizes are not all known; give its Input a shape`)
  }
  if (value.shape[1] !== key.shape[1])
    return fail(
      `takes a value and a key of as many steps, but ${from[1] ?? 'the value'} gives ${formatShape(value.shape)} and ${from[2] ?? 'the key'} gives ${formatShape(key.shape)}; make their second sizes the same`,
    )
  return [query, value, key]
}

/** Fails unless query and key are vectors of the same length. */
export function sameFeatures({ from, fail }: Pick<LayerContext, 'from' | 'fail'>, query: Value, key: Value): void {
  if (query.shape[2] !== key.shape[2])
    fail(
      `compares queries ${formatShape(query.shape)} from ${from[0] ?? 'the query'} with keys ${formatShape(key.shape)} from ${from.at(-1) ?? 'the key'}; give them the same last size, with a Dense before one of them`,
      undefined,
      { before: { [from.length - 1]: { kind: 'dense', params: { units: Number(query.shape[2]) } } } },
    )
}

/** softmax(scores) · value: scores [..., queries, keys], value [..., keys, n], gives [..., queries, n]. */
export function attend(
  { g, training, mask }: Pick<LayerContext, 'g' | 'training' | 'mask'>,
  scores: Value,
  value: Value,
  { dropout, useCausalMask }: { readonly dropout: number; readonly useCausalMask: boolean },
): Value {
  const [queries, keys] = scores.shape.slice(-2).map(Number)
  const seen = useCausalMask ? g.Add(scores, g.initializer('future', future(queries ?? 0, keys ?? 0))) : scores
  const weights = g.Softmax(seen)
  if (!training || dropout === 0) return g.MatMul(weights, value)
  const kept = g.Mul(mask(weights, g.scalar(dropout)), g.scalar(1 / (1 - dropout)))
  return g.MatMul(g.Mul(weights, kept), value)
}

/** 0 where a query may see a key, and where the key comes later a number that leaves nothing of it after softmax. */
function future(queries: number, keys: number) {
  const numbers = Array.from({ length: queries * keys }, (_, index) =>
    index % keys > Math.floor(index / keys) ? -1e9 : 0,
  )
  return tensorOf('float32', [queries, keys], numbers)
}
