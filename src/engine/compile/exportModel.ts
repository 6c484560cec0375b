/** The model people take away: the forward graph with its trained weights, from raw columns to labels. */
import { definitionOf } from '../definitions.ts'
import { GraphError, type Model, type Tensor, type Value } from '../graph/graph.ts'
import { verify } from '../graph/verify.ts'
import { finish } from '../graph/finish.ts'
import { fold } from '../graph/fold.ts'
import { Builder } from '../ops/builder.ts'
import { tensorOf } from '../graph/tensor.ts'
import { openBlocks } from '../project/blocks.ts'
import { IssueError, fail, type Project, type Setting } from '../project/project.ts'
import { buildForward } from './forward.ts'
import { inputSpecs, named } from './inputShape.ts'
import { logitsOf } from './objective.ts'
import { irVersions, lowerToOpset } from './opset.ts'
import type { DataShape, InputSpec } from './program.ts'
import { shrink, type Shrunk } from './shrink/shrink.ts'
import { columnsOf, inputNameOf, type Preprocessing } from './preprocessing.ts'

/** ONNX's own domain for reading strings as numbers; every runtime of opset 12 and later knows it. */
const labelEncoderDomain = 'ai.onnx.ml'

export interface ExportOptions {
  /** Trained weights by name. */
  readonly weights: ReadonlyMap<string, Tensor>
  /** Those that techniques transform, as their layers use them; where left out, the model computes that itself. */
  readonly used?: ReadonlyMap<string, Tensor>
  readonly preprocessing: Preprocessing
  readonly data: DataShape
  readonly opset: number
  readonly producerVersion: string
  /** What the file says about itself: metadata_props. */
  readonly metadata: Readonly<Record<string, string>>
  /** Without the units that the network does not use. */
  readonly shrink?: boolean
}

export interface ExportedModel extends Model {
  /** What was left out; null when all was to stay. */
  readonly shrunk: Shrunk | null
}

/**
 * Inputs: `input` [batch, n] for the numbers, a string [batch] for each category, named by `inputNameOf`. Outputs: `logits`,
 * `probabilities` and `label` for classes, `prediction` for numbers. Where a network has several Inputs or outputs, these names
 * end in `.<node>`.
 */
export function exportModel(document: Project, options: ExportOptions): ExportedModel {
  const { weights, preprocessing, data, opset } = options
  const project = { ...document, graph: openBlocks(document.graph) }
  const g = new Builder(project.name || 'model')
  const specs = inputSpecs(project.graph, data)
  const features = buildPreprocessing(g, preprocessing, specs)
  const { outputs, issues } = buildForward(
    g,
    project.graph,
    {
      training: false,
      weight: ({ name }) => {
        const tensor = weights.get(name)
        if (!tensor) throw new GraphError(`there is no weight ${name} to export`)
        return g.initializer(name, tensor)
      },
      used: ({ name }) => {
        const tensor = options.used?.get(name)
        return tensor ? g.initializer(name, tensor) : null
      },
      live: ({ value }) => g.scalar(value),
      draws: null,
    },
    ({ name }) => {
      const value = features.get(name)
      if (!value) throw new GraphError(`there is no input ${name}`)
      return value
    },
  )
  if (outputs.length === 0) throw new IssueError(...issues)
  for (const { node, prediction } of outputs) {
    const loss = project.training.outputs?.[node]?.loss ?? project.training.loss
    const { classes } = preprocessing.outputs?.[node] ?? preprocessing
    buildOutput(g, prediction, loss, classes, (name) => named(name, node, outputs.length))
  }
  const whole = fold(finish(g.graph))
  const shrunk = options.shrink === true ? shrink(whole) : null
  const graph = lowerToOpset(shrunk?.graph ?? whole, opset)
  verify(graph)
  return {
    graph,
    shrunk,
    opset: graph.nodes.some(({ domain }) => domain === labelEncoderDomain)
      ? { '': opset, [labelEncoderDomain]: 2 }
      : { '': opset },
    irVersion:
      irVersions[opset] ??
      fail(
        'export/opset',
        `There is no opset ${opset} to export to; choose one of ${Object.keys(irVersions).join(', ')}.`,
      ),
    producerVersion: options.producerVersion,
    domain: 'org.espalier',
    modelVersion: 1,
    doc: project.doc,
    metadata: options.metadata,
  }
}

type Column = Preprocessing['columns'][number]

/** Raw columns to what each Input takes, [batch, ...shape], by its name. */
function buildPreprocessing(
  g: Builder,
  preprocessing: Preprocessing,
  specs: readonly InputSpec[],
): ReadonlyMap<string, Value> {
  const groups = specs.map((spec, index) => ({
    ...spec,
    columns: columnsOf(preprocessing, spec.node, index),
  }))
  // All inputs before any constant, so that none of their names is taken.
  const entered = groups.map(({ node, columns: own }) => {
    const numbers = own.filter((column) => column.type === 'number')
    const name = named('input', node, groups.length)
    return {
      raw: numbers.length > 0 ? g.input(name, 'float32', ['batch', numbers.length]) : null,
      texts: new Map(
        own
          .filter((column) => column.type === 'category')
          .map((column) => [column, g.input(inputNameOf(column), 'string', ['batch'])]),
      ),
    }
  })
  return new Map(
    groups.map(({ node, shape, columns: own }, index) => {
      const { raw = null, texts = new Map<Column, Value>() } = entered[index] ?? {}
      const features = buildFeatures(g, own, raw, texts)
      return [node, shape.length === 1 ? features : g.Reshape(features, [0, ...shape])]
    }),
  )
}

/** The features of one Input, [batch, features]: missing numbers filled, standardized; categories one-hot, or as the places that an Embedding looks up. */
function buildFeatures(
  g: Builder,
  columns: readonly Column[],
  raw: Value | null,
  texts: ReadonlyMap<Column, Value>,
): Value {
  const numbers = columns.filter((column) => column.type === 'number')
  const parts: Value[] = []
  const standardized = raw ? g.scoped('preprocessing', () => standardize(g, raw, numbers)) : null
  // Runs of number columns stay together; each category column stands between them, in the order of the features.
  let from = 0
  let to = 0
  const flush = (): void => {
    if (standardized && to > from)
      parts.push(to - from === numbers.length ? standardized : g.Slice(standardized, [from], [to], [1]))
    from = to
  }
  for (const column of columns) {
    if (column.type === 'number') {
      to += 1
      continue
    }
    flush()
    const value = texts.get(column)
    if (value)
      parts.push(
        g.scoped(`preprocessing/${column.name}`, () =>
          column.indexed ? placeIn(g, value, column.categories) : oneHot(g, value, column.categories),
        ),
      )
  }
  flush()
  const [only] = parts
  if (!only) throw new GraphError('a model needs at least one feature')
  return parts.length === 1 ? only : g.Concat(parts, 1)
}

function standardize(
  g: Builder,
  raw: Value,
  columns: readonly { readonly mean: number; readonly deviation: number; readonly fill: number }[],
): Value {
  const row = (name: string, values: readonly number[]): Value =>
    g.initializer(name, tensorOf('float32', [values.length], values))
  const fills = columns.map(({ fill }) => fill)
  // A number that is missing arrives as NaN, the only value that differs from itself.
  const missing = g.Not(g.Equal(raw, raw))
  const complete = g.Where(missing, row('fill', fills), raw)
  const centered = g.Sub(
    complete,
    row(
      'mean',
      columns.map(({ mean }) => mean),
    ),
  )
  return g.Div(
    centered,
    row(
      'deviation',
      columns.map(({ deviation }) => deviation),
    ),
  )
}

/** 1 in the column of the category a string names, [batch, categories]; all 0 for a string that is none of them. */
function oneHot(g: Builder, value: Value, categories: readonly string[]): Value {
  const numbers = categories.map((_, index) => index)
  const index = encodeLabels(g, value, categories, 0)
  return g.Cast(g.Equal(g.Unsqueeze(index, [1]), g.ints(numbers)), 'float32')
}

/** The place of the category a string names, counted from 1, [batch, 1]; 0 for a string that is none of them. */
function placeIn(g: Builder, value: Value, categories: readonly string[]): Value {
  return g.Cast(g.Unsqueeze(encodeLabels(g, value, categories, 1), [1]), 'float32')
}

/** The places of strings among categories, counted from `first`, int64 [batch]; `first - 1` where there is none. */
function encodeLabels(g: Builder, value: Value, categories: readonly string[], first: number): Value {
  const [index] = g.stated(
    'LabelEncoder',
    [value],
    {
      keys_strings: { type: 'strings', value: categories },
      values_int64s: { type: 'ints', value: categories.map((_, place) => first + place) },
      default_int64: { type: 'int', value: first - 1 },
    },
    [{ dtype: 'int64', shape: value.shape }],
    labelEncoderDomain,
  )
  if (!index) throw new GraphError('LabelEncoder gave nothing')
  return index
}

/** `logits`, `probabilities`, `label` for classes, `prediction` for numbers. */
function buildOutput(
  g: Builder,
  prediction: Value,
  loss: Setting,
  classes: readonly string[],
  name: (output: string) => string,
): void {
  const target = definitionOf('loss', loss.kind)?.target
  if (classes.length === 0 || target === 'value' || !target) {
    g.output(prediction, name('prediction'))
    return
  }
  const activation = target === 'binary' ? 'Sigmoid' : 'Softmax'
  const fromLogits = loss.params.fromLogits === true
  const logits = fromLogits ? prediction : logitsOf(g, prediction, activation)
  const probabilities = fromLogits ? (target === 'binary' ? g.Sigmoid(prediction) : g.Softmax(prediction)) : prediction
  if (logits) g.output(logits, name('logits'))
  g.output(probabilities, name('probabilities'))
  const index =
    target === 'binary'
      ? g.Cast(g.Reshape(g.Greater(probabilities, g.scalar(0.5)), [-1]), 'int64')
      : g.ArgMax(probabilities, -1)
  const names = g.initializer(name('classes'), { dtype: 'string', shape: [classes.length], data: classes })
  g.output(g.Gather(names, index), name('label'))
}
