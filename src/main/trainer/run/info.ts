/** What a run says of itself when it begins. */
import { randomUUID } from 'node:crypto'
import type { RunInfo } from '#shared/run.ts'
import { stepsPerEpoch } from './opening.ts'
import type { Prepared } from './prepare.ts'
import type { Progress } from './state.ts'
import { importedWarnings } from './weights.ts'

/** `parameters`: how many numbers its weights hold. */
export function infoOf(prepared: Prepared, progress: Progress, parameters: number): RunInfo {
  const { program, train, validation, project, imported } = prepared
  return {
    id: randomUUID(),
    epochs: project.training.epochs,
    stepsPerEpoch: stepsPerEpoch(prepared),
    rows: { train: train.rows, validation: validation?.rows ?? 0 },
    parameters,
    penalties: [...program.penalties],
    metrics: program.metrics.map(({ name }) => name),
    live: program.live.map(({ name, value }) => ({ name, value: progress.live[name] ?? value })),
    startEpoch: progress.epoch,
    ...importedWarnings(program.weights, imported),
  }
}
