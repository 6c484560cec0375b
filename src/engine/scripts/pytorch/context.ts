/** What writing a layer in PyTorch starts from, and small readings of its parameters. */
import type { ParamValue } from '../../project/project.ts'
import type { ScriptLayer } from '../plan.ts'
import { boolean, flat, number, tuple } from '../python.ts'
import type { Pieces } from './modules.ts'

/** A value of the network: its variable, and whether its channels come first, as PyTorch's convolutions want them. */
export interface Held {
  readonly variable: string
  readonly first: boolean
}

export interface TorchLayer {
  /** The module, where it has one. */
  readonly module: string | null
  /** What it puts out, as an expression over its inputs. */
  readonly expression: string
  readonly first: boolean
  /** By the weight's own name: a view of it in Espalier's layout, seen from the module. */
  readonly views: Readonly<Record<string, string>>
}

export type Writer = (context: Context) => Omit<TorchLayer, 'module' | 'views'> & Partial<TorchLayer>

export interface Context {
  readonly layer: ScriptLayer
  readonly params: Readonly<Record<string, ParamValue>>
  readonly pieces: Pieces
  /** `self.dense1`. */
  readonly self: string
  readonly inputs: readonly Held[]
  /** The first input with its channels last, or as the document has it. */
  readonly x: string
  /** The first input with its channels first. */
  readonly xFirst: string
  /** Shape of one row of the first input. */
  readonly shape: readonly number[]
}

export const last = ({ variable, first: isFirst }: Held): string => (isFirst ? `channels_last(${variable})` : variable)
export const first = ({ variable, first: isFirst }: Held): string =>
  isFirst ? variable : `channels_first(${variable})`

export const numbersOf = (value: ParamValue | undefined): readonly number[] => {
  const all: readonly unknown[] = Array.isArray(value) ? value : []
  return all.filter((each) => typeof each === 'number')
}
export const numberOf = (value: ParamValue | undefined): number => (typeof value === 'number' ? value : 0)
export const sizes = (values: readonly number[]): string =>
  values.length === 1 ? number(values[0] ?? 1) : flat(tuple(values.map(number)))
export const flagOf = (value: ParamValue | undefined): string => boolean(value === true)

export const biasView = (params: Context['params'], module = ''): Record<string, string> =>
  params.useBias === false ? {} : { bias: `${module}bias` }

/** What acts on each number alone keeps the layout it is given. */
export const elementwise =
  (expression: (x: string, context: Context) => string, module?: (context: Context) => string): Writer =>
  (context) => {
    const [input] = context.inputs
    return {
      module: module?.(context) ?? null,
      expression: expression(input?.variable ?? '', context),
      first: input?.first ?? false,
    }
  }

/** An axis counted with the batch, in the layout a value is held in. */
export function axisIn(axis: number, rank: number, isFirst: boolean): number {
  const normal = axis < 0 ? axis + rank : axis
  if (!isFirst || normal === 0) return normal
  return normal === rank - 1 ? 1 : normal + 1
}
