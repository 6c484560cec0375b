/** Metrics in PyTorch: functions of all predictions and targets of an epoch that give one number. */
import { definitionOf, filled, requireDefinition } from '../../definitions.ts'
import type { Setting } from '../../project/project.ts'
import { snakeCase } from '../keras/names.ts'
import type { ScriptOutput } from '../plan.ts'
import { python, type LossFunctions } from './losses.ts'

const helpers = {
  says_one: `def says_one(p, threshold, top_k):
    """Which outputs say 1: those above a threshold, or the top k of each row."""
    if top_k is None:
        return p > (0.5 if threshold is None else threshold)
    top = torch.zeros_like(p).scatter(-1, p.topk(top_k, -1).indices, 1) > 0
    return top if threshold is None else top & (p > threshold)`,
  f_scores: `def f_scores(p, y, beta, average, class_id, threshold):
    """(1 + beta^2) precision recall / (beta^2 precision + recall) of each class, averaged as wanted."""
    leads = p.shape[-1] > 1 and threshold is None
    said = (p >= p.amax(-1, keepdim=True)) if leads else p > (0.5 if threshold is None else threshold)
    counts = torch.stack([(said * y), said.float(), y]).flatten(1, -2).sum(1)
    right, positive, real = counts.sum(1, keepdim=True) if average == "micro" else counts
    precision, recall = right / positive.clamp(min=1e-7), right / real.clamp(min=1e-7)
    scores = (1 + beta**2) * precision * recall / (beta**2 * precision + recall + 1e-7)
    if average == "weighted":
        return (scores * real).sum() / real.sum()
    return scores[class_id] if average == "class" else scores.mean()`,
  curve: `def curve(p, y, num_thresholds, multi_label):
    """For each class and threshold, how many outputs above it are right and how many wrong."""
    columns = (-1, p.shape[-1]) if multi_label else (-1, 1)
    p, y = p.reshape(columns), y.reshape(columns)
    thresholds = torch.linspace(0, 1, num_thresholds)
    thresholds[0], thresholds[-1] = -1e-7, 1 + 1e-7
    above = p.T.unsqueeze(-1) > thresholds
    truth = (y.T > 0).unsqueeze(-1)
    return (above & truth).sum(1).double(), (above & ~truth).sum(1).double()`,
  area: `def area(x, y, method):
    low, high = y[:, 1:], y[:, :-1]
    heights = {"interpolation": (low + high) / 2, "minoring": low.minimum(high), "majoring": low.maximum(high)}
    return ((x[:, :-1] - x[:, 1:]) * heights[method]).sum(1).mean()`,
} as const

const bodies: Readonly<Record<string, string>> = {
  accuracy: `def accuracy(p, y):
    return ((p > 0.5) == (y > 0.5) if p.shape[-1] == 1 else p.argmax(-1) == y.argmax(-1)).float().mean()`,
  binaryAccuracy: `def binary_accuracy(p, y, threshold=0.5):
    return ((p > threshold) == (y > 0.5)).float().mean()`,
  topKAccuracy: `def top_k_accuracy(p, y, k=5):
    right = p.gather(-1, y.argmax(-1, keepdim=True))
    return ((p > right).sum(-1) < k).float().mean()`,
  precision: `def precision(p, y, threshold=None, top_k=None, class_id=None):
    said, truth = says_one(p, threshold, top_k), y > 0
    said, truth = (said, truth) if class_id is None else (said[..., class_id], truth[..., class_id])
    return (said & truth).sum() / said.sum().clamp(min=1)`,
  recall: `def recall(p, y, threshold=None, top_k=None, class_id=None):
    said, truth = says_one(p, threshold, top_k), y > 0
    said, truth = (said, truth) if class_id is None else (said[..., class_id], truth[..., class_id])
    return (said & truth).sum() / truth.sum().clamp(min=1)`,
  f1Score: `def f1_score(p, y, average="macro", class_id=0, threshold=None):
    return f_scores(p, y, 1.0, average, class_id, threshold)`,
  fBetaScore: `def f_beta_score(p, y, average="macro", class_id=0, threshold=None, beta=1.0):
    return f_scores(p, y, beta, average, class_id, threshold)`,
  rocAuc: `def roc_auc(p, y, num_thresholds=200, summation_method="interpolation", multi_label=False):
    right, wrong = curve(p, y, num_thresholds, multi_label)
    rates = [counts / counts[:, :1].clamp(min=1) for counts in (wrong, right)]
    return area(*rates, summation_method)`,
  prAuc: `def pr_auc(p, y, num_thresholds=200, summation_method="interpolation", multi_label=False):
    right, wrong = curve(p, y, num_thresholds, multi_label)
    said = right + wrong
    if summation_method != "interpolation":
        return area(right / right[:, :1].clamp(min=1), right / said.clamp(min=1), summation_method)
    # Right and wrong outputs grow in proportion from one threshold to the next.
    more, most, least = right[:, :-1] - right[:, 1:], said[:, :-1], said[:, 1:]
    slope = more / (most - least).clamp(min=1)
    ratio = torch.where((most > 0) & (least > 0), most / least.clamp(min=1), 1.0)
    bend = (right[:, 1:] - slope * least) * torch.log(ratio)
    return (slope * (more + bend) / right[:, :1].clamp(min=1)).sum(1).mean()`,
  rootMeanSquaredError: `def root_mean_squared_error(p, y):
    return ((p - y) ** 2).mean().sqrt()`,
  r2Score: `def r2_score(p, y, class_aggregation="uniform_average"):
    p, y = p.flatten(1).double(), y.flatten(1).double()
    variance = ((y - y.mean(0)) ** 2).mean(0)
    scores = 1 - ((y - p) ** 2).mean(0) / variance
    weights = torch.ones_like(variance) if class_aggregation == "uniform_average" else variance
    return (scores * weights).sum() / weights.sum()`,
  cosineSimilarity: `def cosine(p, y):
    return F.cosine_similarity(p, y, dim=-1).mean()`,
}

/** The metrics a script needs, collected while it is written. */
export class MetricFunctions {
  readonly #used = new Set<string>()
  readonly #losses: LossFunctions

  constructor(losses: LossFunctions) {
    this.#losses = losses
  }

  /** An expression for a metric of `p`, which are probabilities where the loss has such, and `y`. */
  call(setting: Setting, { loss, definition, form }: ScriptOutput): string {
    const { kind } = setting
    if (bodies[kind] === undefined) return `${this.#losses.call(setting, 'p', 'y', false)}.mean()`
    this.#used.add(kind)
    const own = requireDefinition('metric', kind, kind)
    const named = Object.entries(filled(own, setting)).flatMap(([name, value]) =>
      JSON.stringify(value) === JSON.stringify(own.params[name]?.default)
        ? []
        : [`${snakeCase(name)}=${python(value)}`],
    )
    const name = kind === 'cosineSimilarity' ? 'cosine' : snakeCase(kind)
    // Scores around 0, as a hinge has them, are told apart there.
    const scores =
      definition.activation === 'linear' && form !== 'value' && definitionOf('loss', loss.kind) !== undefined
    const p = scores ? (form === 'binary' ? 'torch.sigmoid(p)' : 'torch.softmax(p, -1)') : 'p'
    return `${name}(${[p, 'y', ...named].join(', ')})`
  }

  lines(): readonly string[] {
    const own = Object.entries(bodies).filter(([kind]) => this.#used.has(kind))
    const text = own.map(([, body]) => body).join('\n')
    const wanted = Object.entries(helpers).filter(([name]) => new RegExp(`\\b${name}\\(`).test(text))
    return [...wanted, ...own].flatMap(([, body]) => ['', '', ...body.split('\n')])
  }
}
