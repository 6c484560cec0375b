/** A node's attributes, written and read. */
import type { Attribute, Node } from '../graph/graph.ts'

export const int = (value: number): Attribute => ({ type: 'int', value })
export const float = (value: number): Attribute => ({ type: 'float', value })
export const text = (value: string): Attribute => ({ type: 'string', value })

type Plain = number | boolean | string | readonly number[] | Attribute | undefined

/** Attributes by ONNX name from plain values: whole numbers, flags, words, lists of whole numbers; undefined is left out. */
export function attributesOf(given: Readonly<Record<string, Plain>>): Node['attributes'] {
  const attributes: Record<string, Attribute> = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    if (typeof value === 'number') attributes[name] = int(value)
    else if (typeof value === 'boolean') attributes[name] = int(value ? 1 : 0)
    else if (typeof value === 'string') attributes[name] = text(value)
    else attributes[name] = 'type' in value ? value : { type: 'ints', value }
  }
  return attributes
}

export function intAttribute(attributes: Node['attributes'], name: string, fallback: number): number {
  const attribute = attributes[name]
  return attribute?.type === 'int' ? attribute.value : fallback
}

export function floatAttribute(attributes: Node['attributes'], name: string, fallback: number): number {
  const attribute = attributes[name]
  return attribute?.type === 'float' ? attribute.value : fallback
}

export function textAttribute(attributes: Node['attributes'], name: string, fallback: string): string {
  const attribute = attributes[name]
  return attribute?.type === 'string' ? attribute.value : fallback
}

export function intsAttribute(attributes: Node['attributes'], name: string): readonly number[] | undefined {
  const attribute = attributes[name]
  return attribute?.type === 'ints' ? attribute.value : undefined
}
