/** How weights start, in PyTorch, with fans as Keras counts them. */
import { filled, requireDefinition } from '../../definitions.ts'
import type { ScriptPlan } from '../plan.ts'
import { number, text } from '../python.ts'
import { python } from './losses.ts'

const pieces = {
  scaled_uniform: `def scaled_uniform(w, scale, fan):
    limit = math.sqrt(3 * scale / max(fan, 1))
    w.copy_(torch.empty(w.shape).uniform_(-limit, limit))`,
  scaled_normal: `def scaled_normal(w, scale, fan):
    """A normal distribution cut at two deviations, of this variance after the cut."""
    deviation = math.sqrt(scale / max(fan, 1)) / 0.87962566103423978
    w.copy_(nn.init.trunc_normal_(torch.empty(w.shape), 0, deviation, -2 * deviation, 2 * deviation))`,
  untruncated_normal: `def untruncated_normal(w, scale, fan):
    w.copy_(torch.empty(w.shape).normal_(0, math.sqrt(scale / max(fan, 1))))`,
  orthogonal: `def orthogonal(w, gain):
    matrix = torch.empty(w.reshape(-1, w.shape[-1]).shape)
    w.copy_(nn.init.orthogonal_(matrix, gain).reshape(w.shape))`,
  identity: `def identity(w, gain):
    """The diagonal of a matrix, or the middle of a convolution."""
    w.zero_()
    middle = w[tuple(size // 2 for size in w.shape[:-2])] if w.dim() > 2 else w
    middle.copy_(gain * torch.eye(*w.shape[-2:]) if w.dim() > 1 else torch.full(w.shape, gain))`,
} as const

/** Lines that define `initialize(model)`. */
export function initializeLines({ layers }: ScriptPlan): readonly string[] {
  const steps = layers.flatMap(({ weights }) =>
    weights.map(({ name, initializer, fanIn, fanOut, shape }) => {
      const w = `w[${text(name)}]`
      const definition = requireDefinition('initializer', initializer.kind, name)
      const params = filled(definition, initializer)
      const fans: Readonly<Record<string, number>> = { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 }
      const scaled = (shapeOf: string, scale: number, fan: number | undefined): string =>
        `scaled_${shapeOf}(${w}, ${number(scale)}, ${number(fan ?? fanIn)})`
      switch (initializer.kind) {
        case 'zeros':
          return `${w}.zero_()`
        case 'ones':
          return `${w}.fill_(1)`
        case 'constant':
          return `${w}.fill_(${python(params.value ?? 0)})`
        case 'glorotUniform':
          return scaled('uniform', 1, fans.fanAvg)
        case 'glorotNormal':
          return scaled('normal', 1, fans.fanAvg)
        case 'heUniform':
          return scaled('uniform', 2, fanIn)
        case 'heNormal':
          return scaled('normal', 2, fanIn)
        case 'lecunUniform':
          return scaled('uniform', 1, fanIn)
        case 'lecunNormal':
          return scaled('normal', 1, fanIn)
        case 'varianceScaling': {
          const mode = String(params.mode).replaceAll('_', '').toLowerCase()
          const fan = mode.endsWith('out') ? fanOut : mode.endsWith('in') ? fanIn : fans.fanAvg
          const distribution = String(params.distribution).toLowerCase()
          if (distribution.startsWith('untruncated'))
            return `untruncated_normal(${w}, ${python(params.scale ?? 1)}, ${number(fan ?? fanIn)})`
          return scaled(distribution === 'uniform' ? 'uniform' : 'normal', Number(params.scale ?? 1), fan)
        }
        case 'randomUniform':
          return `${w}.copy_(torch.empty(${w}.shape).uniform_(${python(params.minval ?? 0)}, ${python(params.maxval ?? 1)}))`
        case 'randomNormal':
          return `${w}.copy_(torch.empty(${w}.shape).normal_(${python(params.mean ?? 0)}, ${python(params.stddev ?? 1)}))`
        case 'truncatedNormal': {
          const [mean, deviation] = [Number(params.mean ?? 0), Number(params.stddev ?? 1)]
          const bounds = [mean, deviation, mean - 2 * deviation, mean + 2 * deviation].map(number).join(', ')
          return `${w}.copy_(nn.init.trunc_normal_(torch.empty(${w}.shape), ${bounds}))`
        }
        case 'orthogonal':
          return `orthogonal(${w}, ${python(params.gain ?? 1)})`
        case 'identity':
          return `identity(${w}, ${python(params.gain ?? 1)})`
        case 'unitForgetBias':
          return `${w}.zero_()[${(shape[0] ?? 4) / 4} : ${(shape[0] ?? 4) / 2}] = 1`
        default:
          return `${w}.zero_()`
      }
    }),
  )
  const used = Object.entries(pieces).filter(([name]) => steps.some((step) => step.startsWith(`${name}(`)))
  return [
    ...used.flatMap(([, piece]) => [...piece.split('\n'), '', '']),
    '@torch.no_grad()',
    'def initialize(model):',
    '    """How the weights start, by Keras\' distributions and fans."""',
    '    w = weights(model)',
    ...steps.map((step) => `    ${step}`),
  ]
}
