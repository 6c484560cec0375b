/** Changes to a project from the command line: `--set graph/dense/units=32`. */
import * as v from 'valibot'
import type { Project } from '#engine/project/project.ts'
import { projectSchema } from '#engine/project/schema.ts'
import { mismatch } from '#shared/failure.ts'
import { CallError } from '#shared/result.ts'

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A layer, optimizer and so on: its parameters are reached without naming `params`. */
const isSetting = (value: Fields): boolean => typeof value.kind === 'string' && isFields(value.params)

/**
 * A project with `path=value` changes made, paths as issues name them: `training/optimizer/learningRate=0.01`,
 * `graph/dense/kernelRegularizers/0/strength=0.1`. A value is JSON, else a text; a text where a setting stands chooses
 * its kind. Throws a CallError that names the first change that cannot be made.
 */
export function override(project: Project, changes: readonly string[]): Project {
  return changes.reduce((before, change) => {
    const split = change.indexOf('=')
    if (split < 1)
      throw new CallError('invalid', `--set ${change}: write a path, = and a value, as in training/epochs=20.`)
    const path = change.slice(0, split)
    const after = assign(before, path.split('/'), parse(change.slice(split + 1)), path)
    if (!v.is(projectSchema, after)) {
      throw new CallError('invalid', `--set ${change} does not fit: ${mismatch(projectSchema, after)}.`)
    }
    return after
  }, project)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function assign(target: unknown, [step, ...rest]: readonly string[], value: unknown, path: string): unknown {
  if (step === undefined) {
    const choosesKind = typeof value === 'string' && isFields(target) && isSetting(target)
    return choosesKind ? { ...target, kind: value, params: {} } : value
  }
  const next = (inner: unknown): unknown => assign(inner, rest, value, path)
  if (Array.isArray(target)) {
    const index = Number(step)
    if (!Number.isInteger(index) || index < 0 || index > target.length) {
      throw unknownStep(path, step, [...target.keys()].map(String))
    }
    return target.toSpliced(index, 1, next(target[index]))
  }
  if (!isFields(target))
    throw new CallError('invalid', `--set ${path}: there is nothing inside ${JSON.stringify(target)}.`)
  if (Array.isArray(target.nodes)) return { ...target, nodes: assignByName(target.nodes, step, next, path) }
  if (isSetting(target) && isFields(target.params) && step !== 'kind' && step !== 'name') {
    return { ...target, params: { ...target.params, [step]: next(target.params[step]) } }
  }
  if (!Object.hasOwn(target, step)) throw unknownStep(path, step, Object.keys(target))
  return { ...target, [step]: next(target[step]) }
}

/** The nodes of a graph are reached by name. */
function assignByName(
  nodes: readonly unknown[],
  name: string,
  next: (node: unknown) => unknown,
  path: string,
): unknown[] {
  const names = nodes.map((node) => (isFields(node) ? String(node.name) : ''))
  if (!names.includes(name)) throw unknownStep(path, name, names)
  return nodes.map((node, index) => (names[index] === name ? next(node) : node))
}

function unknownStep(path: string, step: string, known: readonly string[]): CallError {
  return new CallError('invalid', `--set ${path}: there is no ${step}; choose one of ${known.join(', ') || 'none'}.`)
}
