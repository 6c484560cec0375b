/** Optimizers in PyTorch: its own where they compute the same, else Keras' update written out. */
import { filled, requireDefinition } from '../../definitions.ts'
import type { Setting } from '../../project/project.ts'
import { snakeCase } from '../keras/names.ts'
import { number, text } from '../python.ts'
import { python } from './losses.ts'

// Keras adds epsilon to the root of the uncorrected mean, which torch.optim.Adam does not.
const adam = `        m, v = self.mean(state("m"), g, self.beta1), self.mean(state("v"), g * g, self.beta2)
        v = state("largest").copy_(torch.maximum(state("largest"), v)) if self.amsgrad else v
        correction = math.sqrt(1 - self.beta2**t) / (1 - self.beta1**t)
        w -= lr * correction * m / (v.sqrt() + self.epsilon)`

/** Updates that PyTorch does otherwise. `w` moves in place; `t` counts from 1; `zeros(name)` is a state like `w`. */
const updates: Readonly<Record<string, string>> = {
  sgd: `        step = lr * g
        if not self.momentum:
            w -= step
            return
        m = state("momentum")
        m.mul_(self.momentum).sub_(step)
        w += m * self.momentum - step if self.nesterov else m`,
  adam,
  adamw: adam,
  adamax: `        m = self.mean(state("m"), g, self.beta1)
        u = state("u")
        u.copy_(torch.maximum(self.beta2 * u, g.abs()))
        w -= lr * m / ((1 - self.beta1**t) * (u + self.epsilon))`,
  nadam: `        now, after = (self.beta1 * (1 - 0.5 * 0.96 ** each) for each in (t, t + 1))
        product = state("product", 1.0, ()).mul_(now)
        m, v = self.mean(state("m"), g, self.beta1), self.mean(state("v"), g * g, self.beta2)
        ahead = after * m / (1 - product * after) + (1 - now) * g / (1 - product)
        w -= lr * ahead / ((v / (1 - self.beta2**t)).sqrt() + self.epsilon)`,
  rmsprop: `        v = self.mean(state("v"), g * g, self.rho)
        if self.centered:
            v = v - self.mean(state("average"), g, self.rho) ** 2
        step = lr * g / (v + self.epsilon).sqrt()
        w -= state("momentum").mul_(self.momentum).add_(step) if self.momentum else step`,
  adagrad: `        a = state("accumulator", self.initial_accumulator_value).add_(g * g)
        w -= lr * g / (a + self.epsilon).sqrt()`,
  adadelta: `        a, d = self.mean(state("a"), g * g, self.rho), state("d")
        step = g * (d + self.epsilon).sqrt() / (a + self.epsilon).sqrt()
        w -= lr * step
        self.mean(d, step * step, self.rho)`,
  ftrl: `        before = state("accumulator", self.initial_accumulator_value).clone()
        n = state("accumulator").add_(g * g)
        power = -self.learning_rate_power
        g = g + 2 * self.l2_shrinkage_regularization_strength * w
        z = state("linear").add_(g - (n**power - before**power) / lr * w)
        l1 = self.l1_regularization_strength
        q = n**power / lr + 2 * self.l2_regularization_strength + self.beta / lr
        w.copy_((z.clamp(-l1, l1) - z) / q)`,
  lion: `        m = state("momentum")
        w -= lr * torch.sign(self.beta1 * m + (1 - self.beta1) * g)
        self.mean(m, g, self.beta2)`,
  lamb: `        m, v = self.mean(state("m"), g, self.beta1), self.mean(state("v"), g * g, self.beta2)
        move = m / (1 - self.beta1**t) / ((v / (1 - self.beta2**t)).sqrt() + self.epsilon)
        length, size = w.norm(), move.norm()
        w -= lr * (length / size if length > 0 and size > 0 else 1) * move`,
  muon: `        name = self.names.get(w, "")
        excluded = [part.strip() for part in self.exclude_layers.split(",") if part.strip()]
        embedding = self.exclude_embeddings and "embedding" in name.lower()
        if w.dim() != 2 or embedding or any(part in name for part in excluded):
            w *= 1 - lr * self.adam_weight_decay * (w not in self.spared)
            m = self.mean(state("m"), g, self.adam_beta1)
            v = self.mean(state("v"), g * g, self.adam_beta2)
            correction = math.sqrt(1 - self.adam_beta2**t) / (1 - self.adam_beta1**t)
            w -= lr * self.adam_lr_ratio * correction * m / (v.sqrt() + self.epsilon)
            return
        w *= 1 - lr * self.weight_decay * (w not in self.spared)
        m = state("momentum").mul_(self.momentum).add_(g)
        x = g + self.momentum * m if self.nesterov else m
        x = x / (x.norm() + 1e-7)
        # Newton-Schulz iterations pull all singular values towards 1.
        for _ in range(self.ns_steps):
            square = x @ x.T
            x = self.muon_a * x + (self.muon_b * square + self.muon_c * square @ square) @ x
        size = 1 if self.rms_rate is None else self.rms_rate * math.sqrt(max(w.shape))
        w -= lr * size * x`,
}

export interface WrittenOptimizer {
  /** The expression that makes it, over `parameters`. */
  readonly expression: string
  /** The class it needs, if any. */
  readonly lines: readonly string[]
}

/** The optimizer of a project. */
export function torchOptimizer(setting: Setting): WrittenOptimizer {
  const definition = requireDefinition('optimizer', setting.kind, 'training/optimizer')
  const params = filled(definition, setting)
  const simple = setting.kind === 'sgd' && params.momentum === 0
  if (simple) return { expression: 'torch.optim.SGD(parameters, lr=RATE)', lines: [] }
  const elsewhere = ['learningRate', 'schedule', 'accumulatedSteps', 'excluded']
  // AdamW's decay is a step of the loop.
  if (setting.kind === 'adamw') elsewhere.push('weightDecay')
  const kept = Object.keys(params).filter((name) => !elsewhere.includes(name))
  const name = definition.keras?.class ?? definition.title
  const muon = setting.kind === 'muon'
  return {
    expression: `${name}(parameters, lr=RATE${muon ? ', names=names_of(model), spared=spared(model)' : ''})`,
    lines: [
      '',
      '',
      `class ${name}(torch.optim.Optimizer):`,
      `    """${definition.doc.replaceAll('"', "'")} As Keras writes it."""`,
      '',
      ...kept.map((each) => `    ${snakeCase(each)} = ${python(params[each] ?? null)}`),
      '',
      `    def __init__(self, parameters, lr${muon ? ', names, spared' : ''}):`,
      '        super().__init__(parameters, {"lr": lr})',
      ...(muon ? ['        self.names, self.spared = names, spared'] : []),
      '',
      '    @staticmethod',
      '    def mean(before, now, kept):',
      '        """A running mean, moved in place."""',
      '        return before.lerp_(now, 1 - kept)',
      '',
      '    @torch.no_grad()',
      '    def step(self):',
      '        for group in self.param_groups:',
      '            for w in group["params"]:',
      '                if w.grad is None:',
      '                    continue',
      '                own = self.state[w]',
      '                own["t"] = own.get("t", 0) + 1',
      '                def state(name, fill=0.0, shape=None):',
      '                    if name not in own:',
      '                        own[name] = torch.full(w.shape if shape is None else shape, fill)',
      '                    return own[name]',
      '                self.move(w, w.grad, state, own["t"], group["lr"])',
      '',
      '    def move(self, w, g, state, t, lr):',
      ...(updates[setting.kind] ?? '').split('\n'),
    ],
  }
}

/** The kinds that a PyTorch script can have. */
export const torchOptimizers: readonly string[] = Object.keys(updates)

/** Lines of a function that gives the learning rate of an update, from the rate as it is set. */
export function scheduleLines(setting: Setting): readonly string[] {
  const params = filled(requireDefinition('schedule', setting.kind, 'training/optimizer/schedule'), setting)
  const p = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, python(value)]))
  const gone = (steps: string | undefined): string =>
    params.staircase === true ? `step // ${steps ?? '1'}` : `step / ${steps ?? '1'}`
  const half = (x: string): string => `(1 + math.cos(math.pi * ${x})) / 2`
  const bodies: Readonly<Record<string, readonly string[]>> = {
    constant: ['return rate'],
    exponentialDecay: [`return rate * ${p.decayRate ?? '1'} ** (${gone(p.decaySteps)})`],
    inverseTimeDecay: [`return rate / (1 + ${p.decayRate ?? '0'} * (${gone(p.decaySteps)}))`],
    polynomialDecay: [
      params.cycle === true
        ? `steps = ${p.decaySteps ?? '1'} * max(math.ceil(step / ${p.decaySteps ?? '1'}), 1)`
        : `steps = ${p.decaySteps ?? '1'}`,
      `left = 1 - min(step, steps) / steps`,
      `return (rate - ${p.endLearningRate ?? '0'}) * left ** ${p.power ?? '1'} + ${p.endLearningRate ?? '0'}`,
    ],
    cosineDecay: [
      ...(params.warmupSteps === 0
        ? []
        : [
            `if step < ${p.warmupSteps ?? '0'}:`,
            `    return rate * (${p.warmupFrom ?? '0'} + (1 - ${p.warmupFrom ?? '0'}) * step / ${p.warmupSteps ?? '1'})`,
          ]),
      `gone = min(step - ${p.warmupSteps ?? '0'}, ${p.steps ?? '1'}) / ${p.steps ?? '1'}`,
      `return rate * ((1 - ${p.alpha ?? '0'}) * ${half('gone')} + ${p.alpha ?? '0'})`,
    ],
    cosineDecayRestarts: [
      `gone, length, height = step / ${p.firstDecaySteps ?? '1'}, 1.0, 1.0`,
      'while gone >= length:',
      `    gone, length, height = gone - length, length * ${p.tMul ?? '1'}, height * ${p.mMul ?? '1'}`,
      `return rate * ((1 - ${p.alpha ?? '0'}) * height * ${half('gone / length')} + ${p.alpha ?? '0'})`,
    ],
    piecewiseConstantDecay: [
      `factors, boundaries = ${p.factors ?? '()'}, ${p.boundaries ?? '()'}`,
      'return rate * factors[sum(step > boundary for boundary in boundaries)]',
    ],
    oneCycle: [
      `last = max(${p.totalSteps ?? '1'} - 1, 1)`,
      `top = min(max(${p.riseFraction ?? '0'} * ${p.totalSteps ?? '1'} - 1, 0), last)`,
      `start = 1 / ${p.startDivisor ?? '1'}`,
      `end = start / ${p.finalDivisor ?? '1'}`,
      'def between(low, high, begin, finish):',
      '    x = min(max((step - begin) / max(finish - begin, 1e-6), 0), 1)',
      `    left = ${params.anneal === 'cosine' ? half('x') : '1 - x'}`,
      '    return rate * (high + (low - high) * left)',
      'return between(1, end, top, last) if step > top or top == 0 else between(start, 1, 0, top)',
    ],
  }
  const body = bodies[setting.kind] ?? [`raise ValueError(${text(setting.kind)})`]
  return [
    'def learning_rate(step, rate):',
    '    """The learning rate of an update, counted from 0."""',
    ...body.map((line) => `    ${line}`),
  ]
}

/** A rate as Python writes it. */
export const rateOf = (setting: Setting): string =>
  number(Number(filled(requireDefinition('optimizer', setting.kind, 'training/optimizer'), setting).learningRate))
