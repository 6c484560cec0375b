/** What regularization did: to the loss, to the weights, to the units. */
import { homeOpset } from '#engine/compile/opset.ts'
import type { WeightSpec } from '#engine/compile/program.ts'
import { isTechniquesOwn, layerOf } from '#engine/weightName.ts'
import type { RunReport } from '#shared/report.ts'
import { cutRows, type Part } from '../run/parts.ts'
import type { Prepared } from '../run/prepare.ts'
import type { FloatTensor } from '../run/state.ts'
import { measured, measuredAll } from '../run/summary.ts'
import { chunksOf, sampleOf } from '../run/validation.ts'
import type { SessionOptions } from '../session.ts'
import { shrinkageOf } from '../shrinkage.ts'
import { measureRows, modelFor, usedWeights, type Trained } from '../trained.ts'
import { stillUnits } from './activity.ts'
import { spectralNorm } from './spectralNorm.ts'
import { techniquesOf } from './techniques.ts'

/** Training rows looked at where there are no validation rows to compare with, at most. */
const mostRows = 4096

/** The training rows that are compared with the validation rows after each epoch; without any, the first of all. */
function trainingRows({ train, validation, project }: Prepared): Part {
  if (validation) return sampleOf(train, validation, project.training.seed)
  return train.rows > mostRows ? cutRows(train, 0, mostRows) : train
}

const zerosOf = ({ data }: FloatTensor): number => data.reduce((zeros, number) => zeros + (number === 0 ? 1 : 0), 0)

function describeWeight({ name, shape }: WeightSpec, tensor: FloatTensor): RunReport['weights'][number] {
  const { data } = tensor
  return {
    name,
    shape: [...shape],
    size: data.length,
    zeros: zerosOf(tensor),
    norm: measured(Math.sqrt(data.reduce((sum, number) => sum + number * number, 0))),
    spectralNorm: shape.length < 2 ? null : measured(spectralNorm(data, shape.at(-1) ?? 1)),
  }
}

/** How many of the last axis have nothing but zeros. */
function unfedIn({ data, shape }: FloatTensor): number {
  const units = shape.at(-1) ?? 1
  const fed = new Uint8Array(units)
  data.forEach((number, index) => {
    if (number !== 0) fed[index % units] = 1
  })
  return fed.reduce((count, each) => count + (each === 0 ? 1 : 0), 0)
}

/** Reports on weights of a run; the rows watched are those that are measured. */
export async function reportOn(trained: Trained, options: SessionOptions): Promise<RunReport> {
  const { prepared, weights, epoch } = trained
  const { program, project, validation } = prepared
  const rows = trainingRows(prepared)
  const train = await measureRows(trained, rows, options)
  const gap = validation && {
    rows: { train: rows.rows, validation: validation.rows },
    train: measuredAll(train.values),
    validation: measuredAll((await measureRows(trained, validation, options)).values),
  }
  const watched = [...chunksOf(rows), ...(validation ? chunksOf(validation) : [])]
  const still = await stillUnits(prepared, weights, watched, options)
  const used = await usedWeights(trained, options)
  const [whole, smaller] = [false, true].map((shrink) => modelFor(trained, used, { opset: homeOpset, shrink }))
  if (!whole || !smaller) throw new Error('no model was built')
  const shrinkage = shrinkageOf(whole, smaller, weights)
  // Weights count as layers use them: where a technique transforms one, what it makes of it.
  const specs = program.weights.flatMap((spec) => {
    const own = weights.get(spec.name)
    const data = used.get(spec.name)?.data
    if (!own || isTechniquesOwn(spec.name)) return []
    return [{ spec, tensor: data instanceof Float32Array ? { ...own, data } : own }]
  })
  const trainedOnes = specs.filter(({ spec }) => spec.trainable)
  const size = (of: typeof specs): number => of.reduce((sum, { tensor }) => sum + tensor.data.length, 0)
  return {
    epoch,
    loss: { data: measured(train.data), total: measured(train.loss) },
    techniques: [...techniquesOf(project, train.loss, train.penalties)],
    gap,
    parameters: {
      all: size(specs),
      trained: size(trainedOnes),
      effective: trainedOnes.reduce((sum, { tensor }) => sum + tensor.data.length - zerosOf(tensor), 0),
    },
    weights: specs.map(({ spec, tensor }) => describeWeight(spec, tensor)),
    rows: watched.reduce((sum, part) => sum + part.rows, 0),
    units: shrinkage.units.flatMap((units, index) => {
      const tensor = specs.find(({ spec }) => spec.name === units.kernel)?.tensor
      const layer = layerOf(units.kernel)
      // A layer shows what its last kernel gives.
      const isLast = !shrinkage.units.slice(index + 1).some(({ kernel }) => layerOf(kernel) === layer)
      const seen = isLast ? still.get(layer) : undefined
      const known = seen?.length === units.before ? seen.filter((each) => each).length : null
      return tensor ? [{ ...units, unfed: unfedIn(tensor), still: known }] : []
    }),
    shrinkage,
  }
}
