/** The shape of a saved project, for every boundary it crosses. What the numbers mean is check.ts's business. */
import * as v from 'valibot'
import type { Terminals } from './blocks.ts'
import type { Issue, Mend, ParamValue, Project, ProjectGraph, ProjectNode, Setting } from './project.ts'

const number = v.pipe(v.number(), v.finite())

const setting: v.GenericSchema<Setting> = v.strictObject({
  kind: v.string(),
  params: v.record(
    v.string(),
    v.lazy(() => paramValue),
  ),
})

const paramValue: v.GenericSchema<ParamValue> = v.union([
  number,
  v.boolean(),
  v.string(),
  v.null(),
  v.array(number),
  setting,
  v.array(setting),
])

const name = v.pipe(v.string(), v.regex(/^[A-Za-z_][\w.-]*$/, 'a name: a letter, then letters, digits, _ . -'))

const projectNode: v.GenericSchema<ProjectNode> = v.strictObject({
  name,
  kind: v.string(),
  params: v.record(v.string(), paramValue),
  position: v.strictObject({ x: number, y: number }),
  frozen: v.exactOptional(v.boolean()),
  sameAs: v.exactOptional(name),
  block: v.exactOptional(v.lazy(() => graph)),
})

const graph: v.GenericSchema<ProjectGraph> = v.strictObject({
  nodes: v.array(projectNode),
  wires: v.array(v.strictObject({ from: name, to: name })),
})

const columnChoice = v.strictObject({
  type: v.exactOptional(v.picklist(['number', 'category'])),
  role: v.exactOptional(v.picklist(['feature', 'target', 'weight', 'ignore'])),
  node: v.exactOptional(v.string()),
  standardize: v.exactOptional(v.boolean()),
})

const dataSettings = v.strictObject({
  source: v.nullable(v.string()),
  columns: v.record(v.string(), columnChoice),
  validationFraction: v.pipe(number, v.minValue(0), v.maxValue(0.95)),
  stratify: v.boolean(),
  standardize: v.boolean(),
})

const outputSettings = v.strictObject({
  loss: v.exactOptional(setting),
  metrics: v.exactOptional(v.array(setting)),
  weight: v.exactOptional(v.pipe(number, v.minValue(0))),
})

const schedulePoint = v.strictObject({
  epoch: v.pipe(number, v.minValue(0)),
  value: number,
  ramp: v.exactOptional(v.boolean()),
})

/** Points by the names of live settings. */
export const schedulesSchema = v.record(v.string(), v.pipe(v.array(schedulePoint), v.readonly()))

const trainingSettings = v.strictObject({
  loss: setting,
  optimizer: setting,
  metrics: v.array(setting),
  outputs: v.exactOptional(v.record(v.string(), outputSettings)),
  regularizers: v.array(setting),
  schedules: v.exactOptional(schedulesSchema),
  epochs: v.pipe(number, v.integer(), v.minValue(1)),
  batchSize: v.pipe(number, v.integer(), v.minValue(1)),
  shuffle: v.boolean(),
  seed: v.pipe(number, v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)),
})

/** The Inputs and ends of a network, by name. */
export const terminalsSchema: v.GenericSchema<Terminals> = v.strictObject({
  inputs: v.array(v.string()),
  outputs: v.array(v.string()),
  indices: v.array(v.string()),
})

/** Data settings alone: what reading a table needs of a project. */
export const dataSettingsSchema = dataSettings

/** A project's structure: every field present and of its type, nothing unknown. */
export const projectSchema: v.GenericSchema<Project> = v.strictObject({
  format: v.literal('espalier'),
  version: v.literal(1),
  name: v.string(),
  doc: v.string(),
  graph,
  data: dataSettings,
  training: trainingSettings,
  weights: v.nullable(v.string()),
})

const place = v.array(v.union([v.string(), number]))
const ends = { from: v.string(), to: v.string() }

const mend: v.GenericSchema<Mend> = v.strictObject({
  title: v.string(),
  edits: v.array(
    v.variant('edit', [
      v.strictObject({ edit: v.literal('set'), place, value: paramValue }),
      v.strictObject({ edit: v.literal('remove'), place }),
      v.strictObject({ edit: v.literal('insert'), layer: setting, to: v.string(), inputs: v.array(number) }),
      v.strictObject({ edit: v.literal('append'), layers: v.array(setting), after: v.string() }),
      v.strictObject({ edit: v.literal('connect'), ...ends }),
      v.strictObject({ edit: v.literal('disconnect'), ...ends }),
      v.strictObject({ edit: v.literal('separate'), node: v.string() }),
      v.strictObject({ edit: v.literal('column'), column: v.string(), choice: v.nullable(columnChoice) }),
    ]),
  ),
})

/** An issue as it crosses processes. */
export const issueSchema: v.GenericSchema<Issue> = v.strictObject({
  severity: v.picklist(['error', 'warning']),
  path: v.string(),
  message: v.string(),
  mend: v.exactOptional(mend),
})
