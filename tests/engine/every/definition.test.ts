import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Definition, Family, Param } from '#engine/define.ts'
import { definitionOf, definitions, filled, requireDefinition } from '#engine/definitions.ts'
import { metrics } from '#engine/metrics/index.ts'
import { checkParam } from '#engine/project/check.ts'
import { legalValues } from '../../support/settings.ts'

const folders: Readonly<Record<Family, string>> = {
  layer: 'layers',
  loss: 'losses',
  metric: 'metrics',
  regularizer: 'regularizers',
  constraint: 'constraints',
  optimizer: 'optimizers',
  schedule: 'schedules',
  initializer: 'initializers',
}

const everything = Object.entries(definitions).flatMap(([family, all]) =>
  Object.entries(all).map(([kind, definition]): [string, string, Family, Definition] => [
    family,
    kind,
    family as Family,
    definition,
  ]),
)

/** What has to say what it computes, in a formula. */
const explained: ReadonlySet<Family> = new Set(['regularizer', 'constraint', 'loss', 'metric', 'optimizer', 'schedule'])

/** One sentence: it begins with a capital, ends with a full stop, and no other sentence begins inside. */
const sentence = /^\p{Lu}((?!\. \p{Lu})[^\n])*[^.\s]\.$/u

test('every family has definitions', () => {
  for (const [family, all] of Object.entries(definitions)) expect(Object.keys(all), family).not.toEqual([])
})

describe.each(everything)('%s %s', (_, kind, family, definition) => {
  // Losses are metrics too; those have no file of their own.
  const derived = family === 'metric' && definition !== metrics[kind]
  const augments = 'group' in definition && definition.group === 'Augmentation'
  const place = derived ? 'losses' : `${folders[family]}${augments ? '/augmentation' : ''}`
  const folder = new URL(`../../../src/engine/${place}/`, import.meta.url)

  test('has the name of its file and of its export', async () => {
    expect(definition.kind).toBe(kind)
    expect(readdirSync(folder)).toContain(`${kind}.ts`)
    const module = (await import(new URL(`${kind}.ts`, folder).href)) as Readonly<Record<string, unknown>>
    expect(module[kind]).toBe(derived ? definitionOf('loss', kind) : definition)
    expect(definitionOf(family, kind)).toBe(definition)
  })

  test('says what it is and where that comes from', () => {
    expect(definition.title).toMatch(/^\p{Lu}\S*( \S+)*$/u)
    expect(definition.doc).toMatch(sentence)
    expect(definition.reference.length).toBeGreaterThan(5)
    for (const [name, param] of Object.entries(definition.params)) {
      expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/)
      expect(param.title, name).toMatch(/^\p{Lu}\S*( \S+)*$/u)
      expect(param.doc, name).toMatch(sentence)
    }
  })

  const needs = { formula: explained.has(family), conventions: family === 'regularizer' || family === 'constraint' }
  test('says what it computes, and how others write it', () => {
    const { formula, conventions, params } = definition
    if (needs.formula) expect(formula, 'formula').toBeDefined()
    if (needs.conventions) expect(conventions, 'conventions').toBeDefined()
    for (const line of formula?.split('\n') ?? []) expect(line).toMatch(/^\S.*[^\s.]$/u)
    for (const line of Object.values(conventions ?? {})) expect(line).toMatch(/^\S.*\S$/)
    for (const [name, param] of Object.entries(params)) {
      if (!('sensible' in param) || !param.sensible) continue
      const [low, high] = param.sensible
      expect(low, name).toBeLessThan(high)
      for (const value of param.sensible) expect(checkParam(param, value, [name], kind), name).toEqual([])
    }
  })

  test('has defaults that are legal', () => {
    for (const [name, param] of Object.entries(definition.params)) {
      expect(checkParam(param, param.default, [name], kind)).toEqual([])
      expect(filled(definition, { kind, params: {} })[name]).toEqual(param.default)
    }
  })

  test('accepts what its ranges allow and nothing beyond', () => {
    for (const values of legalValues(definition, 20)) {
      const issues = Object.entries(definition.params).flatMap(([name, param]) =>
        checkParam(param, values[name] ?? null, [name], kind),
      )
      expect(issues).toEqual([])
    }
    for (const [name, param] of Object.entries(definition.params)) {
      for (const value of illegal(param)) {
        const issues = checkParam(param, value, [name], 'The owner')
        expect(
          issues.map(({ path }) => path),
          `${name} = ${value}`,
        ).toEqual([name])
        expect(issues[0]?.message).toMatch(sentence)
        expect(issues[0]?.message).toContain(param.title)
      }
    }
  })
})

function illegal(param: Param): (number | string | boolean)[] {
  switch (param.type) {
    case 'number':
    case 'integer':
    case 'optional': {
      const low = param.min === undefined ? [] : [param.exclusiveMin ? param.min : param.min - 1]
      const high = param.max === undefined ? [] : [param.exclusiveMax ? param.max : param.max + 1]
      return ['many', Number.NaN, ...low, ...high, ...(param.type === 'integer' ? [(param.min ?? 0) + 0.5] : [])]
    }
    case 'boolean':
      return ['yes', 1]
    case 'choice':
      return ['none of these', 1]
    case 'text':
      return [1]
    case 'shape':
    case 'numbers':
    case 'setting':
    case 'settings':
      return ['dense', 3]
  }
}

test('a kind that does not exist is refused in one sentence that names the choices', () => {
  expect(definitionOf('layer', 'toString')).toBeUndefined()
  expect(() => requireDefinition('loss', 'guess', 'training/loss')).toThrow(/"guess"; choose one of .*huber/)
})
