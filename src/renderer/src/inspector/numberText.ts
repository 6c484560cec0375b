/** Between what a person types and the number a parameter takes. */
import type { NumberParam, NumbersParam, OptionalNumberParam, ShapeParam } from '#engine/define.ts'
import { checkParam, rangeOf } from '#engine/project/check.ts'
import type { Place } from '#engine/project/project.ts'
import { view } from '../state/view.svelte.ts'
import { texts } from '../texts.ts'

type AnyNumberParam = NumberParam | OptionalNumberParam
type Parsed = { readonly value: number } | { readonly refused: string }

/** Whom a refusal names: the layer, the output, or `training`. */
export function ownerOf(place: Place): string {
  const [root = '', part] = place
  if (root === 'graph') return String(place[1 + view.path.length])
  return String(root === 'training' && part === 'outputs' ? place[2] : root)
}

/** The numbers a text lists, or the one sentence why the parameter does not take them. */
export function parseNumbers(
  text: string,
  param: ShapeParam | NumbersParam,
  owner: string,
): { readonly values: readonly number[] } | { readonly refused: string } {
  const parts = text.split(/[\s,;×x*()[\]]+/i).filter((part) => part !== '')
  const values = parts.map(Number)
  if (values.some(Number.isNaN)) return { refused: texts.number.list(param.title, text) }
  const inferred = param.type === 'shape' && values.filter((size) => size === -1).length > 1
  const [issue] = checkParam(param, values, [], owner)
  if (inferred) return { refused: texts.number.inferred(param.title) }
  return issue ? { refused: issue.message } : { values }
}

/** The number a text stands for, or the one sentence why the parameter at this place does not take it. */
export function parseNumber(text: string, param: AnyNumberParam, owner: string): Parsed {
  const value = Number(text.trim().replace(',', '.'))
  if (text.trim() === '' || !Number.isFinite(value)) return { refused: texts.number.none(param.title, text) }
  const [issue] = checkParam(param, value, [], owner)
  return issue ? { refused: issue.message } : { value }
}

/** What a parameter takes, in words: `a number from 0 to below 1, in epochs`. */
export const rangeText = (param: AnyNumberParam): string =>
  param.unit ? `${rangeOf(param)}, ${texts.number.unit(param.unit)}` : rangeOf(param)

/** A logarithmic slider's ends: its lowest stop stands for 0 where 0 is allowed. */
export interface Decades {
  readonly low: number
  readonly high: number
  readonly zero: boolean
}

export function decadesOf({ min = 0, max }: AnyNumberParam, value: number): Decades {
  const low = Math.floor(Math.log10(min > 0 ? min : 1e-6))
  const high = Math.log10(max ?? Math.max(1, value))
  const fromValue = value > 0 ? Math.floor(Math.log10(value)) : low
  return { low: Math.min(low, fromValue), high, zero: min <= 0 }
}

/** Slider positions are tenths of a decade, so one arrow key is one of them. */
export const position = (value: number, { low, zero }: Decades): number =>
  value > 0 ? Math.log10(value) * 10 : low * 10 - (zero ? 1 : 0)

/** The value at a slider's position, in three digits; below the lowest decade it is exactly 0. */
export const valueAt = (at: number, { low, zero }: Decades): number =>
  zero && at < low * 10 - 1e-9 ? 0 : Number((10 ** (at / 10)).toPrecision(3))
