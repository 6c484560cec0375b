/** The contract between the workbench and the native side: every call, its input and its output. */
import * as v from 'valibot'
import { dataSettingsSchema, issueSchema, projectSchema, terminalsSchema } from '#engine/project/schema.ts'
import { dataSummarySchema } from './data.ts'
import { diagnosisSchema, mostShownRows, shownRowsSchema } from './diagnosis.ts'
import { filtersSchema, stepRangeSchema, stepsSchema, weightHistorySchema } from './history.ts'
import { runReportSchema, shrinkageSchema } from './report.ts'
import { runInfoSchema, runMessageSchema } from './run.ts'

const route = <I extends v.GenericSchema, O extends v.GenericSchema>(input: I, output: O) => ({ input, output })

/**
 * A project as opened or to be saved; `path` is null until it has a file of its own. In the workbench it names its data
 * and weights absolutely; in its file, what lies beside it is named from there.
 */
const openedSchema = v.strictObject({ path: v.nullable(v.string()), project: projectSchema })

/** A project just opened; `warnings` tell what a model of another program lost on the way. */
const broughtSchema = v.strictObject({ ...openedSchema.entries, warnings: v.exactOptional(v.array(issueSchema)) })

export const paritySchema = v.strictObject({
  passed: v.boolean(),
  rows: v.pipe(v.number(), v.integer()),
  /** Largest differences between trainer and exported file over all rows, at batch 1 and at batch N. */
  maxAbsolute: v.number(),
  maxRelative: v.number(),
  /** Fraction of rows whose label agrees; null for regression. */
  labelAgreement: v.nullable(v.number()),
  tolerance: v.strictObject({ absolute: v.number(), relative: v.number() }),
})
export type Parity = v.InferOutput<typeof paritySchema>

export const exportedSchema = v.strictObject({
  path: v.string(),
  bytes: v.number(),
  opset: v.number(),
  /** Why the opset is not the one asked for, when it had to be raised. */
  note: v.nullable(v.string()),
  parity: paritySchema,
  /** Weights at exact zero in the file, and how many there are. */
  zeros: v.number(),
  parameters: v.number(),
  /** What leaving out idle units saved; null where none were to be left out. */
  shrinkage: v.nullable(shrinkageSchema),
})
export type Exported = v.InferOutput<typeof exportedSchema>

/** Which weights of a run: of its best epoch, by what its rules watch or by validation loss, or of its last step. */
export const weightsChoiceSchema = v.picklist(['best', 'last'])
export type WeightsChoice = v.InferOutput<typeof weightsChoiceSchema>

/** Questions about a run that is going on or has ended; the same for the shell and for the trainer. */
export const runQuestions = {
  /** The numbers of single steps, those there are of the range. */
  'run.steps': route(stepRangeSchema, stepsSchema),
  /** What the kept weights make of the validation rows, for one output; null while there is no run. */
  'run.diagnose': route(v.strictObject({ output: v.nullable(v.string()) }), v.nullable(diagnosisSchema)),
  /** Rows of the table as the file has them. */
  'run.rows': route(
    v.strictObject({
      rows: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), v.maxLength(mostShownRows)),
    }),
    shownRowsSchema,
  ),
  /** How weights, gradients and activations changed; null while there is no run. */
  'run.history': route(v.null(), v.nullable(weightHistorySchema)),
  /** Null where the network has no convolution over images. */
  'run.filters': route(v.null(), v.nullable(filtersSchema)),
} as const

export const routes = {
  'app.info': route(
    v.null(),
    v.strictObject({
      version: v.string(),
      shell: v.picklist(['electron', 'browser']),
      /** The device line of the status bar: `CPU, 2 threads, onnxruntime 1.30.0`. */
      device: v.string(),
      /** The folder files are reached in; null where dialogs choose. */
      folder: v.nullable(v.string()),
    }),
  ),
  'samples.list': route(v.null(), v.array(v.strictObject({ id: v.string(), title: v.string(), doc: v.string() }))),
  'samples.open': route(v.strictObject({ id: v.string() }), openedSchema),
  /**
   * A project file, or a model of another program, which comes without a file of its own. `path` null asks with the shell's
   * dialog; null back when the person thought better of it.
   */
  'project.open': route(v.strictObject({ path: v.nullable(v.string()) }), v.nullable(broughtSchema)),
  /** A model handed over by content: dropped or chosen in a browser. Its weights become a file of their own. */
  'project.import': route(
    v.strictObject({ name: v.string(), base64: v.pipe(v.string(), v.maxLength(256 * 1024 * 1024)) }),
    broughtSchema,
  ),
  /** Gives the project as opening its file would: its weights may have been copied beside it. */
  'project.save': route(openedSchema, v.nullable(v.strictObject({ path: v.string(), project: projectSchema }))),
  'project.recent': route(v.null(), v.array(v.strictObject({ path: v.string(), name: v.string() }))),
  /** Files within reach by name, for shells without dialogs; empty elsewhere. */
  'files.list': route(
    v.null(),
    v.array(v.strictObject({ path: v.string(), kind: v.picklist(['project', 'data', 'model']) })),
  ),
  /** A CSV file handed over by content: dropped or chosen in a browser. Gives the source to put into the project. */
  'data.upload': route(
    v.strictObject({ name: v.string(), text: v.pipe(v.string(), v.maxLength(256 * 1024 * 1024)) }),
    v.strictObject({ source: v.string() }),
  ),
  /** Asks with the shell's dialog; null where the shell has none or the person thought better of it. */
  'data.choose': route(v.null(), v.nullable(v.strictObject({ source: v.string() }))),
  'data.describe': route(
    v.strictObject({
      path: v.nullable(v.string()),
      data: dataSettingsSchema,
      seed: v.number(),
      terminals: terminalsSchema,
    }),
    dataSummarySchema,
  ),
  'run.start': route(openedSchema, runInfoSchema),
  /** The latest run and what it has told so far, for a page that was reloaded; null when there was none. */
  'run.latest': route(
    v.null(),
    v.nullable(v.strictObject({ ...openedSchema.entries, messages: v.array(runMessageSchema) })),
  ),
  'run.pause': route(v.null(), v.null()),
  'run.resume': route(v.null(), v.null()),
  'run.stop': route(v.null(), v.null()),
  'run.setLive': route(v.strictObject({ name: v.string(), value: v.number() }), v.null()),
  /** Goes back to before a mark and on from there; a run that is paused stays so, one that has ended begins again. */
  'run.rewind': route(v.strictObject({ mark: v.pipe(v.number(), v.integer()) }), v.null()),
  /**
   * `path` null asks with the shell's dialog, or takes the project's name in the folder of a shell without. Without `weights`
   * it is those that the run kept when it ended.
   */
  'run.export': route(
    v.strictObject({
      path: v.nullable(v.string()),
      opset: v.pipe(v.number(), v.integer()),
      weights: v.exactOptional(weightsChoiceSchema),
      /** Leave out units that the network does not use. */
      shrink: v.exactOptional(v.boolean()),
    }),
    v.nullable(exportedSchema),
  ),
  /** What regularization did to the weights that the run kept, or has now; null while there is no run. */
  'run.report': route(v.null(), v.nullable(runReportSchema)),
  ...runQuestions,
  /** The bytes of a file this session exported, for shells that hand it over as a download. */
  'files.read': route(v.strictObject({ path: v.string() }), v.strictObject({ base64: v.string() })),
} as const

export type RouteName = keyof typeof routes
export type RouteInput<R extends RouteName> = v.InferInput<(typeof routes)[R]['input']>
export type RouteOutput<R extends RouteName> = v.InferOutput<(typeof routes)[R]['output']>

/** What each route does, without knowing which shell asks. A missing handler is a compile error. */
export type Handlers = {
  readonly [R in RouteName]: (input: RouteInput<R>) => Promise<RouteOutput<R>>
}

/** What a shell's menu may ask of the workbench. */
export const menuCommands = ['open', 'save', 'saveAs', 'train', 'pause', 'stop', 'export', 'palette'] as const
export type MenuCommand = (typeof menuCommands)[number]

/** What the native side sends unasked. */
export const eventSchema = v.variant('event', [
  v.strictObject({ event: v.literal('run'), messages: v.array(runMessageSchema) }),
  /** Chosen in the shell's menu: the workbench's command of that name. */
  v.strictObject({ event: v.literal('command'), name: v.picklist(menuCommands) }),
])
export type AppEvent = v.InferOutput<typeof eventSchema>

/** What the preload puts on `window.espalier`, and the browser host's client offers in its place. */
export interface Bridge {
  /** Answers a Result; the renderer's client validates it against the route's output. */
  invoke(route: string, input: unknown): Promise<unknown>
  /** Calls back with every AppEvent; returns how to stop. */
  on(listener: (event: unknown) => void): () => void
}
