/** A project and its data made into what a run needs: the program, its tensors, and a name for the whole. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { compile } from '#engine/compile/compile.ts'
import type { DataShape, Program } from '#engine/compile/program.ts'
import type { Tensor } from '#engine/graph/graph.ts'
import { decodeModel } from '#engine/onnx/decode.ts'
import { encodeModel } from '#engine/onnx/encode.ts'
import { terminalsOf } from '#engine/project/blocks.ts'
import type { Project } from '#engine/project/project.ts'
import { CallError } from '#shared/result.ts'
import { type Dataset, dataShape, prepareDataset } from '../data/dataset.ts'
import type { TableSource } from '../data/source.ts'
import { rowWeightFeeds } from '../data/rowWeights.ts'
import { modelOf } from '../model.ts'
import { inputFeeds, targetFeeds } from './feeds.ts'
import { joinRows, type Part } from './parts.ts'
import type { FloatTensor, Tensors } from './state.ts'
import { classesOf, madeRows } from './synthesize.ts'

export interface Prepared {
  readonly project: Project
  readonly dataset: Dataset
  readonly shape: DataShape
  readonly program: Program
  readonly train: Part
  /** How many rows of `train` are of the table; those after them were made by a technique. */
  readonly tableRows: number
  /** The class of each row of `train`, where a technique draws rows by it. */
  readonly classes: Uint32Array | null
  readonly validation: Part | null
  /** Starting weights the project brings along, by name. */
  readonly imported: Tensors | null
  /** Rows in a batch: the project's, or all there are when those are fewer. */
  readonly batch: number
}

async function readWeights(project: Project, folder: string): Promise<Tensors | null> {
  if (project.weights === null) return null
  const path = resolve(folder, project.weights)
  const bytes = await readFile(path).catch(() => {
    throw new CallError(
      'missing',
      `The project's starting weights ${path} are not there; put the file back or import the model again.`,
    )
  })
  const tensors = new Map<string, FloatTensor>()
  for (const [name, tensor] of decodeModel(bytes).graph.initializers) {
    if (tensor.dtype === 'float32' && tensor.data instanceof Float32Array) {
      tensors.set(name, { dtype: 'float32', shape: tensor.shape, data: tensor.data })
    }
  }
  return tensors
}

/**
 * Reads the data and compiles the project. CallErrors and IssueErrors carry everything that is wrong with either;
 * `folder` is what the project's file names are relative to.
 */
export async function prepareRun(project: Project, folder: string, tables: TableSource): Promise<Prepared> {
  const { source } = project.data
  if (source === null) throw new CallError('invalid', 'The project has no data; choose a data file.')
  const table = await tables.read(source, folder)
  const dataset = prepareDataset(table, project.data, project.training.seed, terminalsOf(project.graph))
  const errors = dataset.issues.filter(({ severity }) => severity === 'error')
  const [first] = errors
  if (first) throw new CallError('invalid', first.message, errors)

  const read = dataShape(dataset)
  const drawn = compile(project, read)
  const made = madeRows(dataset, drawn, project.training.seed)
  // Techniques that weigh classes go by how many rows of each there are in the end.
  const counts = read.counts?.map((count, own) => count + (made?.classes.filter((each) => each === own).length ?? 0))
  const shape = made && counts ? { ...read, counts } : read
  const program = made ? compile(project, shape) : drawn
  const part = (rows: Uint32Array): Part => ({
    feeds: {
      ...inputFeeds(dataset, program, rows),
      ...targetFeeds(dataset, program, rows),
      ...rowWeightFeeds(dataset.rowWeights, rows),
    },
    rows: rows.length,
  })
  const { train, validation } = dataset.split
  const node = program.order?.node
  return {
    project,
    dataset,
    shape,
    program,
    train: made ? joinRows(part(train), made.part) : part(train),
    tableRows: train.length,
    classes:
      node === undefined ? null : Uint32Array.from([...classesOf(dataset, node, train), ...(made?.classes ?? [])]),
    validation: validation.length > 0 ? part(validation) : null,
    imported: await readWeights(project, folder),
    batch: Math.min(project.training.batchSize, train.length),
  }
}

function hashTensor(hash: ReturnType<typeof createHash>, tensor: Tensor): void {
  hash.update(`${tensor.dtype}[${tensor.shape.join()}]`)
  if (ArrayBuffer.isView(tensor.data)) hash.update(tensor.data)
}

/**
 * Names what is computed: the training graph, the numbers it runs over, and what decides the order of steps and their
 * end. The number of epochs, time limits and live settings with their schedules are no part of it, so a run can go on longer,
 * or with another strength.
 */
export function fingerprintOf(prepared: Prepared): string {
  const { program, project, train, validation, imported } = prepared
  const { seed, shuffle } = project.training
  const order = program.order && { setting: program.order.setting, node: program.order.node }
  const hash = createHash('sha256')
  hash.update(encodeModel(modelOf(program.train(prepared.batch))))
  const stops = program.stops.map(({ rule, params, monitor, better }) =>
    rule.expires ? null : { params, monitor, better },
  )
  hash.update(JSON.stringify({ seed, shuffle, order, batch: prepared.batch, weights: program.weights, stops }))
  for (const part of [train, validation]) {
    if (!part) continue
    for (const tensor of Object.values(part.feeds)) hashTensor(hash, tensor)
  }
  for (const tensor of imported?.values() ?? []) hashTensor(hash, tensor)
  return hash.digest('hex')
}
