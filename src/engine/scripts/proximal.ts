/** Proximal steps of single weights, which a script takes after each update. */
import { filled, requireDefinition } from '../definitions.ts'
import type { Setting } from '../project/project.ts'

/** Whether a regularizer acts as a step of its own. */
export const isProximal = ({ params }: Setting): boolean => params.form === 'proximal'

/** The strengths of a proximal step, w ← S(w, η l1) / (1 + 2 η l2). */
export function proximalStrengths(setting: Setting): { readonly l1: number; readonly l2: number } {
  const params = filled(requireDefinition('regularizer', setting.kind, setting.kind), setting)
  return setting.kind === 'l1'
    ? { l1: Number(params.strength), l2: 0 }
    : { l1: Number(params.l1), l2: Number(params.l2) }
}
