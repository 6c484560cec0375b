/** What keeps weights simple, in PyTorch: penalties of the loss, and steps of their own after each update. */
import { filled, requireDefinition } from '../../definitions.ts'
import type { Setting } from '../../project/project.ts'
import { settingsIn, type ScriptLayer, type ScriptPlan, type ScriptWeight } from '../plan.ts'
import { flat, number, real, text, tuple } from '../python.ts'
import { python } from './losses.ts'

/** A term of the loss: a regularizer of a value, as an expression; null for one that acts as a step of its own. */
export function penaltyTerm(setting: Setting, value: string): string | null {
  const params = filled(requireDefinition('regularizer', setting.kind, setting.kind), setting)
  switch (setting.kind) {
    case 'l1':
      return params.form === 'proximal' ? null : `${python(params.strength ?? 0)} * ${value}.abs().sum()`
    case 'l2':
      return `${python(params.strength ?? 0)} * ${value}.square().sum()`
    case 'l1l2':
      return `${python(params.l1 ?? 0)} * ${value}.abs().sum() + ${python(params.l2 ?? 0)} * ${value}.square().sum()`
    case 'orthogonal':
      return `${python(params.factor ?? 0)} * overlap(${value}, ${params.mode === 'rows' ? '0' : '1'})`
    default:
      return null
  }
}

interface Kept {
  readonly weight: ScriptWeight
  readonly regularizers: readonly Setting[]
  readonly constraints: readonly Setting[]
}

/** The trained weights with what acts on each; a layer names these after its weights: `kernelRegularizers`. */
function keptWeights({ layers }: ScriptPlan): readonly Kept[] {
  return layers.flatMap((layer) =>
    layer.weights
      .filter(({ trainable }) => trainable)
      .map((weight) => ({
        weight,
        regularizers: ofWeight(layer, weight, 'Regularizers'),
        constraints: ofWeight(layer, weight, 'Constraints'),
      })),
  )
}

function ofWeight({ params }: ScriptLayer, { own }: ScriptWeight, what: string): readonly Setting[] {
  const last = own.split('/').at(-1) ?? own
  // Layers name the settings of `recurrentKernel` after `recurrent`, and depthwise ones those of their kernel after `depthwise`.
  const names = new Set([last, last.replace(/Kernel$/, ''), ...(last === 'kernel' ? ['depthwise'] : [])])
  return [...names].flatMap((name) => settingsIn(params[`${name}${what}`]))
}

const overlap = `def overlap(w, axis):
    """The mean |cosine| between different rows, or columns, of a weight."""
    matrix = w.reshape(-1, w.shape[-1]) if axis == 0 else w.reshape(-1, w.shape[-1]).T
    unit = matrix / matrix.square().sum(1, keepdim=True).clamp(min=1e-14).sqrt()
    cosines = (unit @ unit.T).fill_diagonal_(0)
    return cosines.abs().sum() / (len(unit) * (len(unit) - 1))`

/** Lines that define `penalty(model)`, where anything is penalized; and the names in use. */
export function penaltyLines(plan: ScriptPlan): readonly string[] {
  const terms = keptWeights(plan).flatMap(({ weight, regularizers }) =>
    regularizers.flatMap((setting) => penaltyTerm(setting, `w[${text(weight.name)}]`) ?? []),
  )
  if (terms.length === 0) return []
  const used = terms.some((term) => term.includes('overlap('))
  return [
    ...(used ? [...overlap.split('\n'), '', ''] : []),
    'def penalty(model):',
    '    """What the size of the weights costs; L2 counts all of w², no half of it."""',
    '    w = weights(model)',
    '    return (',
    ...terms.map((term, index) => `        ${index > 0 ? '+ ' : ''}${term}`),
    '    )',
  ]
}

const norm = (axes: string): string => `w.square().sum(${axes}, keepdim=True).sqrt()`

function constraintExpression(setting: Setting, rank: number): string {
  const params = filled(requireDefinition('constraint', setting.kind, setting.kind), setting)
  const given: readonly unknown[] = Array.isArray(params.axis) ? params.axis : []
  const axes = flat(
    tuple(given.filter((axis) => typeof axis === 'number').map((axis) => number(axis < 0 ? axis + rank : axis))),
  )
  switch (setting.kind) {
    case 'maxNorm':
      return `w * (${norm(axes)}.clamp(max=${python(params.limit ?? 0)}) / (1e-7 + ${norm(axes)}))`
    case 'minMaxNorm': {
      const [least, most, rate] = [params.minValue, params.maxValue, params.rate].map((value) => python(value ?? 0))
      const wanted = `${norm(axes)}.clamp(${least ?? '0'}, ${most ?? '1'})`
      return `w * ((${rate ?? '1'} * ${wanted} + (1 - ${rate ?? '1'}) * ${norm(axes)}) / (1e-7 + ${norm(axes)}))`
    }
    case 'unitNorm':
      return `w / (1e-7 + ${norm(axes)})`
    case 'nonNeg':
      return 'w.clamp(min=0)'
    default:
      return 'w'
  }
}

const isProximal = ({ kind, params }: Setting): boolean => kind === 'l1' && params.form === 'proximal'

/** Lines that define `after_update(model, optimizer)`, where any weight is changed once more after the optimizer's step. */
export function afterUpdateLines(plan: ScriptPlan): readonly string[] {
  const steps = keptWeights(plan).flatMap(({ weight, regularizers, constraints }) => [
    ...regularizers
      .filter(isProximal)
      .map(
        ({ params }) =>
          `    shrink(all_weights[${text(weight.name)}], optimizer, ${real(Number(params.strength ?? 0.01))})`,
      ),
    ...constraints.flatMap((setting) => [
      `    w = all_weights[${text(weight.name)}]`,
      `    w.copy_(${constraintExpression(setting, weight.shape.length)})`,
    ]),
  ])
  if (steps.length === 0) return []
  const proximal = keptWeights(plan).some(({ regularizers }) => regularizers.some(isProximal))
  const shrink = [
    'def shrink(w, optimizer, strength):',
    '    """Soft thresholding, w <- sign(w) max(|w| - step * strength, 0), which gives exact zeros."""',
    '    step = optimizer.param_groups[0]["lr"]',
    '    parameter = w if w._base is None else w._base',
    '    state = optimizer.state.get(parameter, {})',
    '    if "v" in state and hasattr(optimizer, "beta2"):',
    '        # Adam moves each weight by a step of its own.',
    '        correction = math.sqrt(1 - optimizer.beta2 ** state["t"])',
    '        own = correction / (state["v"].sqrt() + optimizer.epsilon)',
    '        step = step * own.as_strided(w.shape, w.stride())',
    '    w.copy_(w.sign() * (w.abs() - step * strength).clamp(min=0))',
  ]
  return [
    ...(proximal ? [...shrink, '', ''] : []),
    '@torch.no_grad()',
    'def after_update(model, optimizer):',
    '    """What weights have to be after each step."""',
    '    all_weights = weights(model)',
    ...steps,
  ]
}

/** The names of the trained weights that decay, where some are left out; null where all decay. */
export function decayedNames(plan: ScriptPlan, excluded: string): readonly string[] | null {
  if (excluded === 'nothing') return null
  return keptWeights(plan).flatMap(({ weight: { name, own, shape } }) => {
    const last = own.split('/').at(-1) ?? own
    const bias = /bias$/i.test(last)
    const vector = bias || shape.length < 2 || /^(gamma|beta|scale)$/.test(last)
    const embedding = excluded === 'vectorsAndEmbeddings' && /embeddings$/i.test(last)
    return bias || (excluded !== 'biases' && vector) || embedding ? [] : [name]
  })
}
