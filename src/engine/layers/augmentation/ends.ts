/** Numbers drawn for each image between two ends, the upper of which may change while training. */
import type { LayerContext, NumberParam, OptionalNumberParam, RangeForm } from '../../define.ts'
import type { Shape, Value } from '../../graph/graph.ts'
import type { Builder } from '../../ops/builder.ts'
import { number, optional } from '../../params.ts'

type Implied = RangeForm['implied']

/** As far the other way. */
export const opposite: Implied = { times: -1, plus: 0 }
/** Nothing. */
export const nothing: Implied = { times: 0, plus: 0 }
/** As much. */
export const alike: Implied = { times: 1, plus: 0 }
/** What is missing to 1. */
export const complement: Implied = { times: -1, plus: 1 }

interface Bounds {
  readonly min: number
  readonly max: number
  readonly exclusiveMin?: boolean
}

/** The upper end: how strong an augmentation is at most. */
export function upperEnd(
  title: string,
  doc: string,
  preset: number,
  sensible: readonly [number, number],
  bounds: Bounds = { min: -1, max: 1 },
): NumberParam {
  return number({ title, doc, default: preset, ...bounds, sensible, live: true })
}

/** The lower end; `none` says what it is where it is left out. */
export function lowerEnd(
  title: string,
  doc: string,
  none: string,
  bounds: Bounds = { min: -1, max: 1 },
): OptionalNumberParam {
  return optional({ title, doc, default: null, none, ...bounds })
}

/** How often an augmentation acts. */
export const probability = (preset: number): NumberParam =>
  number({
    title: 'Factor',
    doc: 'The probability with which an image is changed.',
    default: preset,
    min: 0,
    max: 1,
    sensible: [0.1, 0.8],
    live: true,
  })

/** A number between the ends for each number from 0 to below 1. */
export function between(g: Builder, upper: Value, lower: number | null, implied: Implied, unit: Value): Value {
  const low = lower === null ? g.Add(g.Mul(upper, g.scalar(implied.times)), g.scalar(implied.plus)) : g.scalar(lower)
  return g.Add(low, g.Mul(g.Sub(upper, low), unit))
}

/** True with this probability, for each number of a shape. */
export function chance({ g, uniform }: Pick<LayerContext, 'g' | 'uniform'>, shape: Shape, probability: Value): Value {
  return g.Less(uniform(shape), probability)
}

/** 1 or -1, each as likely, for each number of a shape. */
export function sign({ g, mask }: Pick<LayerContext, 'g' | 'mask'>, shape: Shape): Value {
  return g.Sub(g.Mul(mask(shape, g.scalar(0.5)), g.scalar(2)), g.scalar(1))
}
