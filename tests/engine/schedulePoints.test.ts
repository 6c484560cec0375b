import { describe, expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { liveSettings } from '#engine/compile/schedules.ts'
import { changesOf, parsePoints } from '#engine/project/schedulePoints.ts'
import type { TrainingSettings } from '#engine/project/project.ts'
import { cancerProject, chain, setting } from '../trainer/projects.ts'

describe('points as text', () => {
  test.each([
    ['0.01@0', [{ epoch: 0, value: 0.01 }]],
    [
      '0@0,0.01@5',
      [
        { epoch: 0, value: 0 },
        { epoch: 5, value: 0.01 },
      ],
    ],
    [
      '0@0..1e-2@2.5,0@4',
      [
        { epoch: 0, value: 0 },
        { epoch: 2.5, value: 0.01, ramp: true },
        { epoch: 4, value: 0 },
      ],
    ],
    [
      '1@1..2@2..1@3',
      [
        { epoch: 1, value: 1 },
        { epoch: 2, value: 2, ramp: true },
        { epoch: 3, value: 1, ramp: true },
      ],
    ],
  ])('%s says what its parts say', (text, points) => {
    expect(parsePoints(text)).toEqual(points)
  })

  test('epochs may be called so', () => {
    expect(parsePoints(' 0 @ 0 , 0.01 @ epoch5 ')).toEqual([
      { epoch: 0, value: 0 },
      { epoch: 5, value: 0.01 },
    ])
  })

  test.each(['', '0', '@3', '0@', '0@1@2', '0@1,', 'a@1', '0@-1..', '0x1@2', '0@1....2@3', '1@Infinity'])(
    '"%s" says nothing',
    (text) => expect(parsePoints(text)).toBeNull(),
  )
})

describe('changes that points make', () => {
  const at = (changes: ReturnType<typeof changesOf>) => changes.map(({ iteration, value }) => [iteration, value])

  test('a point counts from the first step at its time or after it', () => {
    expect(at(changesOf(parsePoints('1@0,2@1.5,3@2') ?? [], 7))).toEqual([
      [0, 1],
      [11, 2],
      [14, 3],
    ])
  })

  test('a line moves at every tenth of an epoch and ends at its point', () => {
    // 20 steps an epoch, from epoch 1 to 1.5: tenths are two steps apart.
    const changes = changesOf(parsePoints('0@1..1@1.5') ?? [], 20)
    expect(changes.map(({ iteration, goesOn }) => [iteration, goesOn])).toEqual([
      [20, false],
      [22, false],
      [24, true],
      [26, true],
      [28, true],
      [30, true],
    ])
    changes.forEach(({ value }, index) => expect(value).toBeCloseTo(index / 5, 12))
    expect(changes.at(-1)?.value).toBe(1)
  })

  test('a line that begins between tenths moves on at the tenths', () => {
    const changes = changesOf(parsePoints('0@0.25..1@0.5') ?? [], 100)
    expect(changes.map(({ iteration }) => iteration)).toEqual([25, 30, 40, 50])
    expect(changes.map(({ value }) => Math.round(value * 1e6) / 1e6)).toEqual([0, 0.2, 0.6, 1])
  })

  test('epochs of few steps have one change a step, the last of those that fall on it', () => {
    expect(at(changesOf(parsePoints('0@0..10@1') ?? [], 1))).toEqual([
      [0, 0],
      [1, 10],
    ])
    expect(at(changesOf(parsePoints('0@0..10@1') ?? [], 2)).map(([step]) => step)).toEqual([0, 1, 2])
  })
})

describe('the setting that a name means', () => {
  const live = ['dense1/kernel/l1.strength', 'dense2/kernel/l1.strength', 'dense2/bias/l2.strength', 'strength'].map(
    (name) => ({ name }),
  )
  test.each([
    ['dense1/kernel/l1.strength', 1],
    ['l2.strength', 1],
    ['bias/l2.strength', 1],
    ['l1.strength', 2],
    ['strength', 1],
    ['ense1/kernel/l1.strength', 0],
    ['rate', 0],
  ])('%s fits %d', (name, count) => {
    expect(liveSettings(live, name)).toHaveLength(count)
  })
})

describe('schedules of a project', () => {
  const dense = setting('dense', {
    units: 1,
    activation: 'sigmoid',
    kernelRegularizers: [setting('l1'), setting('l2')],
  })
  const compiled = (schedules: TrainingSettings['schedules']) =>
    compile(cancerProject({ graph: chain(dense), ...(schedules ? { training: { schedules } } : {}) }), {
      features: 30,
      classes: 2,
      targets: 1,
    })
  const points = [{ epoch: 1, value: 0.5 }]

  test('are had by the full names of the settings', () => {
    const { schedules } = compiled({ 'l1.strength': points, 'optimizer.learningRate': points })
    expect([...schedules.keys()]).toEqual(['dense1/kernel/l1.strength', 'optimizer.learningRate'])
    expect(compiled(undefined).schedules.size).toBe(0)
  })

  test.each([
    [{ nope: points }, /"nope" cannot change while training; these can: .*dense1\/kernel\/l1\.strength.*\.$/],
    [
      { strength: points },
      /"strength" may be any of dense1\/kernel\/l1\.strength, dense1\/kernel\/l2\.strength; write more/,
    ],
    [{ 'l1.strength': points, 'kernel/l1.strength': points }, /two schedules of dense1\/kernel\/l1\.strength/],
    [
      { 'l1.strength': [{ epoch: 1, value: -1 }] },
      /The schedule of l1\.strength: Strength is -1; give a number of at least 0/,
    ],
    [{ 'l1.strength': [] }, /no points/],
    [{ 'l1.strength': [...points, ...points] }, /order of time/],
    [{ 'l1.strength': [{ epoch: 1, value: 1, ramp: true }] }, /line/],
  ])('%j are refused in a sentence', (schedules, sentence) => {
    expect(() => compiled(schedules)).toThrow(sentence)
  })
})
