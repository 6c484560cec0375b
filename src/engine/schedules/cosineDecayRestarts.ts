import { defineSchedule } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { number } from '../params.ts'
import { decaySteps, halfCosine } from './elapsed.ts'

export const cosineDecayRestarts = defineSchedule({
  kind: 'cosineDecayRestarts',
  title: 'Cosine with restarts',
  doc: 'The learning rate falls along half a cosine, jumps back up and falls again, each time over more steps.',
  reference:
    'Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983; Keras CosineDecayRestarts, keras/src/optimizers/schedules/learning_rate_schedule.py',
  formula:
    'fall i takes Tᵢ = firstDecaySteps · tMulⁱ steps, u of which are gone\nηₜ = η ((1 − alpha) · mMulⁱ · ½ (1 + cos(π u / Tᵢ)) + alpha)',
  conventions: {
    keras: 'CosineDecayRestarts(initial_learning_rate=η, first_decay_steps, t_mul, m_mul, alpha)',
    pytorch:
      'lr_scheduler.CosineAnnealingWarmRestarts(T_0=firstDecaySteps, T_mult=tMul, eta_min=η * alpha), which never changes the height',
  },
  params: {
    firstDecaySteps: decaySteps('How many steps the first fall takes.'),
    tMul: number({
      title: 'Longer by',
      doc: 'How many times longer each fall is than the one before.',
      default: 2,
      min: 1,
    }),
    mMul: number({ title: 'Higher by', doc: 'What the height of each fall is multiplied by.', default: 1, min: 0 }),
    alpha: number({
      title: 'Final fraction',
      doc: 'What is left of the learning rate at the end of a fall.',
      default: 0,
      min: 0,
      max: 1,
    }),
  },
  keras: { class: 'CosineDecayRestarts', ignored: ['name'] },
  // restart i begins at x = t / T = sᵢ = (1 - aⁱ) / (1 - a), or i where a = 1:
  // η ((1 - α) mⁱ ½ (1 + cos(π (x - sᵢ) / aⁱ)) + α)
  build: ({ g, params: { firstDecaySteps, tMul }, scalar, learningRate, iteration }) => {
    const x = g.Div(iteration, g.scalar(firstDecaySteps))
    const restart = tMul === 1 ? g.Floor(x) : geometricRestart(g, x, tMul)
    const begin = tMul === 1 ? restart : beginOf(g, restart, tMul)
    const gone = g.Div(g.Sub(x, begin), g.Pow(g.scalar(tMul), restart))
    const height = g.Mul(g.Pow(scalar('mMul'), restart), halfCosine(g, gone))
    const alpha = scalar('alpha')
    return g.Mul(learningRate, g.Add(g.Mul(g.Sub(g.scalar(1), alpha), height), alpha))
  },
})

/** Where a restart begins, in lengths of the first fall: (aⁱ - 1) / (a - 1). */
function beginOf(g: Builder, restart: Value, factor: number): Value {
  return g.Div(g.Sub(g.Pow(g.scalar(factor), restart), g.scalar(1)), g.scalar(factor - 1))
}

/** The last restart that has begun, ⌊log(1 + x (a - 1)) / log a⌋, put right where the logarithm rounds across a whole number. */
function geometricRestart(g: Builder, x: Value, factor: number): Value {
  const one = g.scalar(1)
  const grown = g.Log(g.Add(one, g.Mul(x, g.scalar(factor - 1))))
  const guess = g.Floor(g.Div(grown, g.scalar(Math.log(factor))))
  const after = g.Add(guess, one)
  const upper = g.Where(g.GreaterOrEqual(x, beginOf(g, after, factor)), after, guess)
  return g.Where(g.Less(x, beginOf(g, upper, factor)), g.Sub(upper, one), upper)
}
