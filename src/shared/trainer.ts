/** The protocol between a shell and the trainer's process: commands with replies, and the run's messages. */
import * as v from 'valibot'
import { dataSettingsSchema, projectSchema, terminalsSchema } from '#engine/project/schema.ts'
import { dataSummarySchema } from './data.ts'
import { failureSchema } from './result.ts'
import { runReportSchema } from './report.ts'
import { exportedSchema, runQuestions, weightsChoiceSchema } from './routes.ts'
import { runInfoSchema, runMessageSchema } from './run.ts'

const command = <I extends v.GenericSchema, O extends v.GenericSchema>(input: I, output: O) => ({ input, output })

export const trainerCommands = {
  /** `folder` is what relative sources are relative to. */
  'data.describe': command(
    v.strictObject({
      folder: v.string(),
      data: dataSettingsSchema,
      seed: v.number(),
      /** Of the network the data are for. */
      terminals: terminalsSchema,
    }),
    dataSummarySchema,
  ),
  'run.start': command(
    v.strictObject({
      folder: v.string(),
      project: projectSchema,
      /** Where checkpoints and metrics of this run are kept. */
      runFolder: v.string(),
      /** Go on from the checkpoint in `runFolder` when there is one that fits the project. */
      resume: v.boolean(),
      /** Go on from before this mark of the run in `runFolder` instead. */
      rewind: v.exactOptional(v.number()),
    }),
    runInfoSchema,
  ),
  /** Takes up the run in `runFolder` as it was left, to be exported or gone back in; it does not go on. */
  'run.open': command(
    v.strictObject({ folder: v.string(), project: projectSchema, runFolder: v.string() }),
    runInfoSchema,
  ),
  'run.pause': command(v.null(), v.null()),
  'run.resume': command(v.null(), v.null()),
  /** Finishes the slice, writes the checkpoint, ends the run. */
  'run.stop': command(v.null(), v.null()),
  'run.setLive': command(v.strictObject({ name: v.string(), value: v.number() }), v.null()),
  /** Goes back to before a mark and on from there; a run that is paused stays so, one that has ended begins again. */
  'run.rewind': command(v.strictObject({ mark: v.number() }), v.null()),
  'run.export': command(
    v.strictObject({
      path: v.string(),
      opset: v.number(),
      weights: v.exactOptional(weightsChoiceSchema),
      shrink: v.exactOptional(v.boolean()),
    }),
    exportedSchema,
  ),
  'run.report': command(v.null(), v.nullable(runReportSchema)),
  ...runQuestions,
  /** Runs an ONNX model over a CSV; writes `out`, or gives the rows back when `out` is null. */
  predict: command(
    v.strictObject({
      model: v.string(),
      data: v.string(),
      out: v.nullable(v.string()),
      /** Mean and spread of so many predictions while layers of noise act; the run's own seed where none is given. */
      sampling: v.exactOptional(
        v.strictObject({ count: v.pipe(v.number(), v.integer(), v.minValue(2)), seed: v.nullable(v.number()) }),
      ),
    }),
    v.strictObject({ rows: v.number(), columns: v.array(v.string()), csv: v.nullable(v.string()) }),
  ),
} as const

export type TrainerCommand = keyof typeof trainerCommands
export type TrainerInput<C extends TrainerCommand> = v.InferInput<(typeof trainerCommands)[C]['input']>
export type TrainerOutput<C extends TrainerCommand> = v.InferOutput<(typeof trainerCommands)[C]['output']>
export type TrainerHandlers = {
  readonly [C in TrainerCommand]: (input: TrainerInput<C>) => TrainerOutput<C> | Promise<TrainerOutput<C>>
}

export const trainerRequestSchema = v.strictObject({ id: v.number(), command: v.string(), input: v.unknown() })
export const trainerReplySchema = v.variant('type', [
  v.strictObject({ type: v.literal('value'), id: v.number(), value: v.unknown() }),
  v.strictObject({ type: v.literal('error'), id: v.number(), error: failureSchema }),
  v.strictObject({ type: v.literal('run'), message: runMessageSchema }),
])

/** A process that runs the trainer, whichever way the shell starts one. */
export interface TrainerProcess {
  post(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  onExit(listener: (code: number | null) => void): void
  kill(): void
}
