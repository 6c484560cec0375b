/** Losses in PyTorch: functions of prediction and target that give one number a row. */
import { filled, requireDefinition } from '../../definitions.ts'
import type { ParamValue, Setting } from '../../project/project.ts'
import { snakeCase } from '../keras/names.ts'
import { boolean, flat, number, text, tuple } from '../python.ts'

/** Losses that are computed from logits where the network ends in the activation that belongs to them. */
const ofLogits: Readonly<Record<string, 'sigmoid' | 'softmax'>> = {
  binaryCrossentropy: 'sigmoid',
  binaryFocalCrossentropy: 'sigmoid',
  categoricalCrossentropy: 'softmax',
  sparseCategoricalCrossentropy: 'softmax',
  categoricalFocalCrossentropy: 'softmax',
}

/** What turns a loss' logits into probabilities; null for losses of anything else. */
export const linkOf = (kind: string): 'sigmoid' | 'softmax' | null => ofLogits[kind] ?? null

const helpers = {
  rows: `def rows(x):
    """The mean of each row."""
    return x.flatten(1).mean(1) if x.dim() > 1 else x`,
  bounded: `def bounded(p):
    """Probabilities kept away from 0 and 1."""
    return p.clamp(1e-7, 1 - 1e-7)`,
  log_probabilities: `def log_probabilities(p, logits):
    """The logarithms of classes' probabilities, which add up to 1 over the last axis."""
    return torch.log_softmax(p, -1) if logits else torch.log(bounded(p / p.sum(-1, keepdim=True)))`,
  binary_entropy: `def binary_entropy(p, y, logits):
    if logits:
        return F.softplus(p) - p * y
    p = bounded(p)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p))`,
  shortfall: `def shortfall(p, y):
    """How far outputs are from the right side of 1 or -1; classes 0 and 1 stand for these."""
    return F.relu(1 - torch.where(y == 0, -1.0, y) * p)`,
} as const

const bodies: Readonly<Record<string, string>> = {
  meanSquaredError: `def mean_squared_error(p, y):
    return rows((p - y) ** 2)`,
  meanAbsoluteError: `def mean_absolute_error(p, y):
    return rows((p - y).abs())`,
  huber: `def huber(p, y, delta=1.0):
    return rows(F.huber_loss(p, y, reduction="none", delta=delta))`,
  logCosh: `def log_cosh(p, y):
    error = (p - y).abs()
    return rows(error + F.softplus(-2 * error) - math.log(2))`,
  meanAbsolutePercentageError: `def mean_absolute_percentage_error(p, y):
    return rows(100 * (p - y).abs() / y.abs().clamp(min=1e-7))`,
  meanSquaredLogarithmicError: `def mean_squared_logarithmic_error(p, y):
    return rows((torch.log1p(p.clamp(min=1e-7)) - torch.log1p(y.clamp(min=1e-7))) ** 2)`,
  cosineSimilarity: `def cosine_similarity(p, y):
    return -rows((F.normalize(p, dim=-1, eps=1e-6) * F.normalize(y, dim=-1, eps=1e-6)).sum(-1))`,
  poisson: `def poisson(p, y):
    return rows(p - y * torch.log(p + 1e-7))`,
  binaryCrossentropy: `def binary_crossentropy(p, y, from_logits=False):
    return rows(binary_entropy(p, y, from_logits))`,
  binaryFocalCrossentropy: `def binary_focal_crossentropy(
    p, y, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False
):
    chance = torch.sigmoid(p) if from_logits else p
    missed = y * (1 - chance) + (1 - y) * chance
    weight = y * alpha + (1 - y) * (1 - alpha) if apply_class_balancing else 1
    return rows(weight * missed**gamma * binary_entropy(p, y, from_logits))`,
  categoricalCrossentropy: `def categorical_crossentropy(p, y, from_logits=False):
    return rows(-(y * log_probabilities(p, from_logits)).sum(-1))`,
  categoricalFocalCrossentropy: `def categorical_focal_crossentropy(p, y, alpha=(0.25,), gamma=2.0, from_logits=False):
    logarithm = log_probabilities(p, from_logits)
    weight = torch.tensor(alpha) * (1 - logarithm.exp()) ** gamma
    return rows(-(weight * y * logarithm).sum(-1))`,
  categoricalGeneralizedCrossentropy: `def categorical_generalized_crossentropy(p, y, q=0.5):
    return rows((1 - (p * y).sum(-1) ** q) / q)`,
  klDivergence: `def kl_divergence(p, y):
    p, y = p.clamp(1e-7, 1), y.clamp(1e-7, 1)
    return rows((y * torch.log(y / p)).sum(-1))`,
  hinge: `def hinge(p, y):
    return rows(shortfall(p, y))`,
  squaredHinge: `def squared_hinge(p, y):
    return rows(shortfall(p, y) ** 2)`,
  categoricalHinge: `def categorical_hinge(p, y):
    return rows(F.relu(((1 - y) * p).amax(-1) - (y * p).sum(-1) + 1))`,
  dice: `def dice(p, y):
    """One number for the whole batch."""
    both = (y * p).sum()
    return (1 - 2 * both / (y.sum() + p.sum() + 1e-7)).expand(len(p))`,
  tversky: `def tversky(p, y, alpha=0.5, beta=0.5):
    """One number for the whole batch."""
    both = (y * p).sum()
    errors = alpha * (y * (1 - p)).sum() + beta * ((1 - y) * p).sum()
    return (1 - both / (both + errors + 1e-7)).expand(len(p))`,
}

/** The losses a script needs, collected while it is written. */
export class LossFunctions {
  readonly #used = new Set<string>()

  /** `huber(p, y, delta=2.0)` of expressions; class numbers are one column each by then. */
  call(setting: Setting, p: string, y: string, logits: boolean): string {
    const kind = setting.kind === 'sparseCategoricalCrossentropy' ? 'categoricalCrossentropy' : setting.kind
    this.#used.add(kind)
    const definition = requireDefinition('loss', setting.kind, setting.kind)
    const params = { ...filled(definition, setting), ...(linkOf(kind) === null ? {} : { fromLogits: logits }) }
    const named = Object.entries(params).flatMap(([name, value]) =>
      JSON.stringify(value) === JSON.stringify(definition.params[name]?.default)
        ? []
        : [`${snakeCase(name)}=${python(value)}`],
    )
    return `${snakeCase(kind)}(${[p, y, ...named].join(', ')})`
  }

  lines(): readonly string[] {
    const own = Object.entries(bodies).filter(([kind]) => this.#used.has(kind))
    const text = own.map(([, body]) => body).join('\n')
    const used = (name: string): boolean => new RegExp(`\\b${name}\\(`).test(text)
    const wanted = Object.entries(helpers).filter(
      ([name]) => used(name) || (name === 'bounded' && (used('log_probabilities') || used('binary_entropy'))),
    )
    return [...wanted, ...own].flatMap(([, body]) => ['', '', ...body.split('\n')])
  }
}

/** A plain parameter as Python writes it. */
export function python(value: ParamValue): string {
  if (value === null) return 'None'
  if (typeof value === 'number') return number(value)
  if (typeof value === 'boolean') return boolean(value)
  if (typeof value === 'string') return text(value)
  const all: readonly unknown[] = Array.isArray(value) ? value : []
  return flat(tuple(all.flatMap((each) => (typeof each === 'number' ? [number(each)] : []))))
}
