/** Reading Keras configurations so that nothing in them is passed over in silence. */
import * as v from 'valibot'
import type { Issue } from '#engine/project/project.ts'
import { typed } from '../numbers.ts'

export type Config = Readonly<Record<string, unknown>>

/** An object of Keras: its class as the file names it, and its settings. */
export interface KerasObject {
  readonly className: string
  readonly config: Config
}

const objectSchema = v.object({
  class_name: v.string(),
  config: v.optional(v.nullable(v.union([v.record(v.string(), v.unknown()), v.string()]))),
  registered_name: v.optional(v.nullable(v.string())),
})

/** An object in either of Keras' forms, `{class_name, config}` or just its name; undefined when it is neither. */
export function kerasObject(value: unknown): KerasObject | undefined {
  if (typeof value === 'string') return { className: value, config: {} }
  const parsed = v.safeParse(objectSchema, value)
  if (!parsed.success) return undefined
  const { class_name, config, registered_name } = parsed.output
  // A class of the author's own may be called Dense too; Keras registers it as `Package>Dense`.
  if (registered_name?.includes('>') === true) return { className: registered_name, config: {} }
  // A function of Keras is a name inside an object that says it is one.
  if (typeof config === 'string') return { className: config, config: {} }
  return { className: class_name, config: config ?? {} }
}

/** `BinaryCrossentropy` and `binary_crossentropy` are the same thing to Keras. */
export const key = (className: string): string => className.replaceAll('_', '').toLowerCase()

/** The settings of one object, read one by one; those nobody read are reported at the end. */
export class Fields {
  readonly className: string
  /** All settings, read or not. */
  readonly config: Config
  /** Where issues say they are: `Dense layer dense`. */
  readonly owner: string
  readonly path: string
  readonly issues: Issue[]
  readonly #read = new Set<string>()

  constructor(object: KerasObject, owner: string, path: string, issues: Issue[]) {
    this.className = object.className
    this.config = object.config
    this.owner = owner
    this.path = path
    this.issues = issues
  }

  /** The settings of an object that one of these settings holds. */
  within(name: string, object: KerasObject): Fields {
    return new Fields(object, `${this.owner}, ${name} ${object.className}`, `${this.path}/${name}`, this.issues)
  }

  /** Reports something about this object that cannot be taken over. */
  error(message: string, name?: string): void {
    this.#report('error', message, name)
  }

  /** Reports something that was left behind and changes neither training nor predictions. */
  warning(message: string, name?: string): void {
    this.#report('warning', message, name)
  }

  #report(severity: Issue['severity'], message: string, name?: string): void {
    const path = name === undefined ? this.path : `${this.path}/${name}`
    this.issues.push({ severity, path, message: `${this.owner}: ${message}.` })
  }

  /** Reports that this object as a whole has no counterpart. */
  refuse(): void {
    this.issues.push({ severity: 'error', path: this.path, message: `${this.owner} is not supported yet.` })
  }

  /** Reports a setting's value that has no counterpart. */
  unsupported(name: string, value: unknown): void {
    this.error(`${name} ${describe(value)} is not supported yet`, name)
  }

  /** Whether the file says something about this setting, be it None. */
  has(name: string): boolean {
    return Object.hasOwn(this.config, name)
  }

  /** The setting as it stands, marked as read. */
  raw(name: string): unknown {
    this.#read.add(name)
    return this.config[name]
  }

  number(name: string, otherwise: number): number {
    const value = this.raw(name) ?? otherwise
    if (typeof value === 'number') return typed(value)
    this.unsupported(name, value)
    return otherwise
  }

  /** A number, or null where Keras has None. */
  optional(name: string): number | null {
    return this.raw(name) === undefined || this.raw(name) === null ? null : this.number(name, 0)
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.raw(name) ?? otherwise
    if (typeof value === 'boolean') return value
    this.unsupported(name, value)
    return otherwise
  }

  /** An object inside this one, or undefined where Keras has None. */
  object(name: string): KerasObject | undefined {
    const value = this.raw(name)
    if (value === undefined || value === null) return undefined
    const object = kerasObject(value)
    if (!object) this.unsupported(name, value)
    return object
  }

  /** A setting that Espalier has in one form only: anything but these values is reported. */
  only(name: string, ...values: readonly unknown[]): void {
    const value = this.raw(name)
    if (value === undefined || value === null) return
    const plain = typeof value === 'number' ? typed(value) : value
    if (!values.includes(plain)) this.unsupported(name, value)
  }

  /** Settings that make no difference here, such as names and seeds. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name)
  }

  /** Reports every setting nobody asked for, unless it is off. */
  finish(): void {
    for (const [name, value] of Object.entries(this.config)) {
      if (this.#read.has(name) || value === null || value === false) continue
      this.unsupported(name, value)
    }
  }
}

function describe(value: unknown): string {
  if (typeof value === 'number') return String(typed(value))
  if (typeof value === 'string') return value
  return kerasObject(value)?.className ?? JSON.stringify(value)
}
