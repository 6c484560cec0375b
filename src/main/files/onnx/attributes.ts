/** Attributes of a node of a file. */
import type { Tensor } from '#engine/graph/graph.ts'
import type { FileNode } from '#engine/onnx/read.ts'

type WithAttributes = Pick<FileNode, 'attributes'>

export function intOf({ attributes }: WithAttributes, name: string, preset: number): number {
  const attribute = attributes[name]
  return attribute?.type === 'int' ? attribute.value : preset
}

export function intsOf({ attributes }: WithAttributes, name: string): readonly number[] | undefined {
  const attribute = attributes[name]
  return attribute?.type === 'ints' ? attribute.value : undefined
}

export function floatOf({ attributes }: WithAttributes, name: string, preset: number): number {
  const attribute = attributes[name]
  return attribute?.type === 'float' ? attribute.value : preset
}

export function textOf({ attributes }: WithAttributes, name: string, preset: string): string {
  const attribute = attributes[name]
  return attribute?.type === 'string' ? attribute.value : preset
}

/** The single number of a tensor, int or float attribute. */
export function numberOf({ attributes }: WithAttributes, name: string): number | undefined {
  const attribute = attributes[name]
  if (attribute?.type === 'tensor') return single(attribute.value)
  return attribute?.type === 'int' || attribute?.type === 'float' ? attribute.value : undefined
}

/** The number of a tensor that has only one. */
export function single({ data }: Tensor): number | undefined {
  return data.length === 1 && data[0] !== undefined ? Number(data[0]) : undefined
}
