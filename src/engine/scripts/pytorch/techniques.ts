/** What keeps weights simple, in PyTorch: penalties of the loss, and steps of their own after each update. */
import { filled, requireDefinition } from '../../definitions.ts'
import type { Setting } from '../../project/project.ts'
import { keptWeights } from '../kept.ts'
import type { ScriptPlan } from '../plan.ts'
import { isProximal, proximalStrengths } from '../proximal.ts'
import { flat, number, real, text, tuple } from '../python.ts'
import { python } from './losses.ts'

/** A term of the loss: a regularizer of a value, as an expression; null for what penalizes no value. */
export function penaltyTerm(setting: Setting, value: string): string | null {
  const params = filled(requireDefinition('regularizer', setting.kind, setting.kind), setting)
  switch (setting.kind) {
    case 'l1':
      return `${python(params.strength ?? 0)} * ${value}.abs().sum()`
    case 'l2':
      return `${python(params.strength ?? 0)} * ${value}.square().sum()`
    case 'l1l2':
      return `${python(params.l1 ?? 0)} * ${value}.abs().sum() + ${python(params.l2 ?? 0)} * ${value}.square().sum()`
    case 'groupLasso':
      return `${python(params.strength ?? 0)} * group_norm(${value}, ${params.groups === 'units' ? '-1' : '-2'})`
    case 'sparseGroupLasso':
      return (
        `${python(params.l1 ?? 0)} * ${value}.abs().sum() + ` +
        `${python(params.group ?? 0)} * group_norm(${value}, ${params.groups === 'units' ? '-1' : '-2'})`
      )
    case 'softOrthogonal':
      return `${python(params.strength ?? 0)} * products(${value}, ${params.mode === 'rows' ? '0' : '1'}).square().sum()`
    case 'spectralNorm':
      return `0.5 * ${python(params.strength ?? 0)} * torch.linalg.matrix_norm(${value}.reshape(-1, ${value}.shape[-1]), 2) ** 2`
    case 'orthogonal':
      return `${python(params.factor ?? 0)} * overlap(${value}, ${params.mode === 'rows' ? '0' : '1'})`
    default:
      return null
  }
}

const products = `def products(w, axis):
    """The scalar products of different rows, or columns, of a weight."""
    matrix = w.reshape(-1, w.shape[-1]) if axis == 0 else w.reshape(-1, w.shape[-1]).T
    return (matrix @ matrix.T).fill_diagonal_(0)`

const groupNorm = `def group_norm(w, axis):
    """The norms of the groups that an axis counts, each times the root of its size; 0 has the gradient 0."""
    w = w.reshape(1, -1) if w.dim() < 2 else w
    groups = w.movedim(axis, 0).flatten(1)
    squares = groups.square().sum(1)
    return squares[squares > 0].sqrt().sum() * groups.shape[1] ** 0.5`

const overlap = `def overlap(w, axis):
    """The mean |cosine| between different rows, or columns, of a weight."""
    matrix = w.reshape(-1, w.shape[-1]) if axis == 0 else w.reshape(-1, w.shape[-1]).T
    unit = matrix / matrix.square().sum(1, keepdim=True).clamp(min=1e-14).sqrt()
    cosines = (unit @ unit.T).fill_diagonal_(0)
    return cosines.abs().sum() / (len(unit) * (len(unit) - 1))`

/** Lines that define `penalty(model)`, where anything is penalized; and the names in use. */
export function penaltyLines(plan: ScriptPlan): readonly string[] {
  const terms = keptWeights(plan).flatMap(({ weight, regularizers }) =>
    regularizers.flatMap((setting) =>
      isProximal(setting) ? [] : (penaltyTerm(setting, `w[${text(weight.name)}]`) ?? []),
    ),
  )
  if (terms.length === 0) return []
  const parts = [
    ['overlap(', overlap],
    ['products(', products],
    ['group_norm(', groupNorm],
  ] as const
  const used = parts.filter(([name]) => terms.some((term) => term.includes(name)))
  return [
    ...used.flatMap(([, lines]) => [...lines.split('\n'), '', '']),
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

/** Lines that define `after_update(model, optimizer)`, where any weight is changed once more after the optimizer's step. */
export function afterUpdateLines(plan: ScriptPlan): readonly string[] {
  const steps = keptWeights(plan).flatMap(({ weight, regularizers, constraints }) => [
    ...regularizers.filter(isProximal).map((setting) => {
      const { l1, l2 } = proximalStrengths(setting)
      return `    shrink(all_weights[${text(weight.name)}], optimizer, ${real(l1)}${l2 === 0 ? '' : `, ${real(l2)}`})`
    }),
    ...constraints.flatMap((setting) => [
      `    w = all_weights[${text(weight.name)}]`,
      `    w.copy_(${constraintExpression(setting, weight.shape.length)})`,
    ]),
  ])
  if (steps.length === 0) return []
  const proximal = keptWeights(plan).some(({ regularizers }) => regularizers.some(isProximal))
  const { optimizer } = plan.training
  const momentum = optimizer.kind === 'sgd' ? Number(optimizer.params.momentum ?? 0) : 0
  const shrink = [
    'def shrink(w, optimizer, l1, l2=0.0):',
    '    """Soft thresholding, w <- sign(w) max(|w| - step * l1, 0) / (1 + 2 step * l2), which gives exact zeros."""',
    ...(momentum > 0
      ? [
          '    # With momentum, a lasting gradient moves a weight by more than the learning rate.',
          `    step = optimizer.param_groups[0]["lr"] / (1 - ${real(momentum)})`,
        ]
      : ['    step = optimizer.param_groups[0]["lr"]']),
    '    parameter = w if w._base is None else w._base',
    '    state = optimizer.state.get(parameter, {})',
    '    if "v" in state and hasattr(optimizer, "beta2"):',
    '        # Adam moves each weight by a step of its own.',
    '        correction = math.sqrt(1 - optimizer.beta2 ** state["t"])',
    '        own = correction / (state["v"].sqrt() + optimizer.epsilon)',
    '        step = step * own.as_strided(w.shape, w.stride())',
    '    w.copy_(w.sign() * (w.abs() - step * l1).clamp(min=0) / (1 + 2 * step * l2))',
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
