/** The saved document: what a `.espalier` file holds, and what the editor edits. */

/** A definition chosen and filled in: `{ kind: 'l1', params: { strength: 0.01 } }`. */
export interface Setting {
  readonly kind: string
  readonly params: Readonly<Record<string, ParamValue>>
}

export type ParamValue = number | boolean | string | null | readonly number[] | Setting | readonly Setting[]

/** A layer drawn on the canvas. Its name is its identity: unique, and the name its weights carry everywhere. */
export interface ProjectNode extends Setting {
  readonly name: string
  readonly position: { readonly x: number; readonly y: number }
  /** Its weights keep their values while the others learn. */
  readonly frozen?: boolean
  /** The same layer once more: settings and weights are those of the layer of this name. */
  readonly sameAs?: string
  /** What a block holds: its Inputs take what enters the block, in their order, and its last layer puts out. */
  readonly block?: ProjectGraph
}

export interface ProjectGraph {
  readonly nodes: readonly ProjectNode[]
  readonly wires: readonly Wire[]
}

/** A connection, by node names. The order of a node's incoming wires is the order of its inputs. */
export interface Wire {
  readonly from: string
  readonly to: string
}

export type ColumnType = 'number' | 'category'
/** A weight says how much its row counts in the loss. */
export type ColumnRole = 'feature' | 'target' | 'weight' | 'ignore'

/** What the user decided about a column; what is left out is guessed from the data. */
export interface ColumnChoice {
  readonly type?: ColumnType
  readonly role?: ColumnRole
  /** The Input that takes a feature, or the layer whose output is to match a target, where there are several. */
  readonly node?: string
  /** Whether its numbers are standardized, where that differs from the others. */
  readonly standardize?: boolean
}

export interface DataSettings {
  /** A CSV file, relative to the project file; `sample:NAME` is one that ships with Espalier. */
  readonly source: string | null
  readonly columns: Readonly<Record<string, ColumnChoice>>
  /** Fraction of the rows kept apart to validate on, 0 to below 1. */
  readonly validationFraction: number
  /** Keep the classes' proportions in both parts. Has no effect on regression. */
  readonly stratify: boolean
  /** Subtract the training part's mean and divide by its standard deviation, column by column. */
  readonly standardize: boolean
}

/** What one output of several says apart. */
export interface OutputSettings {
  readonly loss?: Setting
  readonly metrics?: readonly Setting[]
  /** Factor of its loss in the sum; 1 when left out. */
  readonly weight?: number
}

/** From an epoch on (counted from 0, parts of one allowed) a live setting has this value. */
export interface SchedulePoint {
  readonly epoch: number
  readonly value: number
  /** It is reached on a straight line from the point before, not at once. */
  readonly ramp?: boolean
}

export interface TrainingSettings {
  /** Loss and metrics of every output that says nothing else. */
  readonly loss: Setting
  readonly optimizer: Setting
  readonly metrics: readonly Setting[]
  /** By the name of the layer that puts out. */
  readonly outputs?: Readonly<Record<string, OutputSettings>>
  /** Techniques that act on the whole run: label smoothing, clipping, weight decay, early stopping. */
  readonly regularizers: readonly Setting[]
  /** How live settings change while training, by their names: `dense1/kernel/l1.strength`, or as much of its end as is clear. */
  readonly schedules?: Readonly<Record<string, readonly SchedulePoint[]>>
  readonly epochs: number
  readonly batchSize: number
  readonly shuffle: boolean
  readonly seed: number
}

export interface Project {
  readonly format: 'espalier'
  readonly version: 1
  readonly name: string
  readonly doc: string
  readonly graph: ProjectGraph
  readonly data: DataSettings
  readonly training: TrainingSettings
  /** File name beside the project that holds starting weights (ONNX), when it was imported with some. */
  readonly weights: string | null
}

/** Where a value sits in a project: `['graph', 'block1', 'dense1', 'units']`, `['training', 'metrics', 0]`. */
export type Place = readonly (string | number)[]

/**
 * One change of a mend. Layers have the names they have in the open network, which lead through the blocks around them:
 * `block1/dense1`.
 */
export type Edit =
  /** Gives a setting this value. */
  | { readonly edit: 'set'; readonly place: Place; readonly value: ParamValue }
  /** Takes a value away, so that its default counts, or an item out of its list. */
  | { readonly edit: 'remove'; readonly place: Place }
  /** Puts a layer before another, over these of its inputs by their numbers; without any it becomes one input more. */
  | { readonly edit: 'insert'; readonly layer: Setting; readonly to: string; readonly inputs: readonly number[] }
  /** Puts layers, one after the other, behind one that ends the network. */
  | { readonly edit: 'append'; readonly layers: readonly Setting[]; readonly after: string }
  | { readonly edit: 'connect'; readonly from: string; readonly to: string }
  | { readonly edit: 'disconnect'; readonly from: string; readonly to: string }
  /** Gives a layer that is another one once more settings and weights of its own. */
  | { readonly edit: 'separate'; readonly node: string }
  /** Chooses this for a column beside what was chosen before; null forgets all of it. */
  | { readonly edit: 'column'; readonly column: string; readonly choice: ColumnChoice | null }

/** A way out of an issue that one click can go. */
export interface Mend {
  /** What it does, as a button says it: `Insert Flatten before dense1`. */
  readonly title: string
  readonly edits: readonly Edit[]
}

/** What is wrong (or worth knowing) about a project, where, and how to mend it. A value, not an exception. */
export interface Issue {
  readonly severity: 'error' | 'warning'
  /** Where: `graph/dense1/units`, `data/columns/age`, `training/optimizer/learningRate`. */
  readonly path: string
  /** One sentence that names the place and the mend. */
  readonly message: string
  /** The mend as a change to the project, where there is one that is surely meant. */
  readonly mend?: Mend
}

/** Carries issues through code that cannot go on; shells print the first and exit, or show them all. */
export class IssueError extends Error {
  override name = 'IssueError'
  readonly issues: readonly Issue[]
  constructor(...issues: readonly Issue[]) {
    super(issues.map((issue) => issue.message).join('\n'))
    this.issues = issues
  }
}

/** Throws an IssueError that says one thing about one place. */
export function fail(path: string, message: string, mend?: Mend | null): never {
  throw new IssueError({ severity: 'error', path, message, ...(mend ? { mend } : {}) })
}
