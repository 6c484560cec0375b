import { describe, expect, test } from 'vitest'
import { requireDefinition } from '#engine/definitions.ts'
import { compile } from '#engine/compile/compile.ts'
import { checkProject } from '#engine/project/check.ts'
import type { Setting } from '#engine/project/project.ts'
import { watchEpochs } from '../support/stopRule.ts'
import { cancerProject, setting } from '../trainer/projects.ts'

describe('generalization loss', () => {
  // Least error 1, 0.8, 0.8, 0.79, 0.79, 0.79, so GL is 0, 0, 2.5, 0, 5.06, 6.33.
  const errors = [1, 0.8, 0.82, 0.79, 0.83, 0.84]
  test.each([
    [2, { epochs: 3, best: 1 }],
    [5, { epochs: 5, best: 3 }],
    [6, { epochs: 6, best: 3 }],
    [7, { epochs: 6, best: 3 }],
  ])('stops after the first epoch whose loss is above %d %', (alpha, expected) => {
    expect(watchEpochs('generalizationLoss', errors, { alpha })).toEqual(expected)
  })

  test('stops at any rise from a least error of 0, and never at NaN', () => {
    expect(watchEpochs('generalizationLoss', [0.5, 0, 0, 1e-9], { alpha: 20 })).toEqual({ epochs: 4, best: 1 })
    expect(watchEpochs('generalizationLoss', [0.5, NaN, 0.51], { alpha: 5 })).toEqual({ epochs: 3, best: 0 })
  })

  test('takes the distance from a least error below 0', () => {
    expect(watchEpochs('generalizationLoss', [-0.5, -0.8, -0.77, -0.75], { alpha: 5 })).toEqual({ epochs: 4, best: 1 })
  })
})

describe('progress quotient', () => {
  const strips = [
    // P = 1000 (1 / 0.8 - 1) = 250, GL = 0.
    [1.2, 1.1],
    [1, 1],
    [0.8, 0.9],
    // P = 1000 (0.55 / 0.5 - 1) = 100, GL = 100 (0.95 / 0.85 - 1) = 11.76: a quotient of 0.118.
    [0.6, 0.85],
    [0.55, 0.9],
    [0.5, 0.95],
    // P = 1000 (0.405 / 0.4 - 1) = 12.5, GL = 100 (0.96 / 0.85 - 1) = 12.94: a quotient of 1.035.
    [0.41, 1],
    [0.4, 0.98],
    [0.405, 0.96],
  ].map(([train = 0, value = 0]) => ({ value, 'train/loss': train }))

  test.each([
    [0.1, { epochs: 6, best: 3 }],
    [0.5, { epochs: 9, best: 3 }],
    [1, { epochs: 9, best: 3 }],
  ])('at the limit %d it stops at the end of the strip above it', (alpha, expected) => {
    expect(watchEpochs('progressQuotient', strips, { alpha, strip: 3 })).toEqual(expected)
  })

  test('stops where only one of the limits is passed', () => {
    const longer = [...strips, ...strips.slice(0, 1)]
    expect(watchEpochs('progressQuotient', longer, { alpha: 1, strip: 3 }).epochs).toBe(9)
    expect(watchEpochs('progressQuotient', longer, { alpha: 1.1, strip: 3 }).epochs).toBe(10)
  })

  test('stops at any rise once the training error stands still, and not without a rise', () => {
    const still = (values: readonly number[]) => values.map((value) => ({ value, 'train/loss': 0.3 }))
    expect(watchEpochs('progressQuotient', still([1, 1, 1.01, 1]), { strip: 2 }).epochs).toBe(4)
    expect(watchEpochs('progressQuotient', still([1, 1.01, 1, 1]), { strip: 2 }).epochs).toBe(2)
  })
})

describe('rising error', () => {
  test('stops once the ends of strips rose several times in a row, whatever lies between', () => {
    // Strips of two end in 0.9, 0.95, 0.97.
    expect(watchEpochs('risingError', [1, 0.9, 0.95, 0.95, 0.8, 0.97, 0.7], { strips: 2, strip: 2 })).toEqual({
      epochs: 6,
      best: 4,
    })
  })

  test('begins anew where one did not rise', () => {
    // Strips of one: up, down, up, up.
    expect(watchEpochs('risingError', [0.9, 0.95, 0.93, 0.96, 0.97, 0.98], { strips: 2, strip: 1 })).toEqual({
      epochs: 5,
      best: 0,
    })
  })

  test('an equal error is no rise, and nothing rises above or from NaN', () => {
    expect(watchEpochs('risingError', [1, 1, 1, 1], { strips: 1, strip: 1 }).epochs).toBe(4)
    expect(watchEpochs('risingError', [1, NaN, 2, 3], { strips: 2, strip: 1 }).epochs).toBe(4)
  })
})

describe('the gap', () => {
  const both = (train: number, value: number) => ({ value, 'trainInference/loss': train, 'train/loss': 100 })

  test('stops once it was too large for patience epochs in a row', () => {
    // 0.25, 0.47, 0.55, 0.45, 0.6, 1.
    const epochs = [both(0.4, 0.5), both(0.3, 0.44), both(0.2, 0.31), both(0.2, 0.29), both(0.15, 0.24), both(0.1, 0.2)]
    expect(watchEpochs('gapLimit', epochs, { ratio: 0.5, patience: 1 })).toEqual({ epochs: 3, best: 2 })
    expect(watchEpochs('gapLimit', epochs, { ratio: 0.5, patience: 2 })).toEqual({ epochs: 6, best: 5 })
    expect(watchEpochs('gapLimit', epochs.slice(0, 5), { ratio: 0.5, patience: 2 })).toEqual({ epochs: 5, best: 4 })
  })

  test('turns round where more is better', () => {
    // (0.9 - 0.6) / 0.9 = 0.33.
    expect(watchEpochs('gapLimit', [both(0.9, 0.6), both(1, 1)], { ratio: 0.3, patience: 1 }, 'higher').epochs).toBe(1)
    expect(watchEpochs('gapLimit', [both(0.6, 0.9), both(1, 1)], { ratio: 0.3, patience: 1 }, 'higher').epochs).toBe(2)
  })
})

test('the target ends the run when it is reached, whichever way is better', () => {
  expect(watchEpochs('targetReached', [0.5, NaN, 0.3, 0.2], { target: 0.3 })).toEqual({ epochs: 3, best: 2 })
  expect(watchEpochs('targetReached', [0.5, 0.8, 0.9], { target: 0.8 }, 'higher')).toEqual({ epochs: 2, best: 1 })
})

test('the time limit watches nothing and stops by the clock alone', () => {
  const rule = requireDefinition('regularizer', 'timeLimit', 'timeLimit').stop
  expect(rule?.monitor({ seconds: 3 })).toBeNull()
  expect(rule?.expires?.({ seconds: 3 })).toBe(3)
  expect(watchEpochs('timeLimit', [1, 2, 3], {})).toEqual({ epochs: 3, best: -1 })
})

describe('a rule is refused that cannot do its work', () => {
  const data = { features: 30, classes: 2, targets: 1 }
  const compiled = (rule: Setting) => compile(cancerProject({ training: { regularizers: [rule] } }), data)

  test.each(['generalizationLoss', 'progressQuotient', 'risingError'])(
    '%s on a number of which more is better',
    (kind) => {
      expect(() => compiled(setting(kind, { monitor: 'validation/accuracy' }))).toThrow(
        /watches validation\/accuracy, of which more is better, but it judges errors; choose one such as validation\/loss\.$/,
      )
      expect(compiled(setting(kind)).stops).toMatchObject([{ monitor: 'validation/loss', better: 'lower' }])
    },
  )

  test.each(['progressQuotient', 'gapLimit'])('%s on a number of the training part', (kind) => {
    const issues = checkProject(
      cancerProject({ training: { regularizers: [setting(kind, { monitor: 'train/loss' })] } }),
    )
    expect(issues).toMatchObject([{ path: 'training/regularizers/0/monitor' }])
    expect(issues[0]?.message).toContain('watch a number of the validation part, not train/loss')
  })
})
