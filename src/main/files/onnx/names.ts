/** What layers are called after: the modules of the program that wrote the file, as far as it names them. */
import type { FileNode } from '#engine/onnx/read.ts'

const weightName = /^(.+)[./](?:weight|kernel|W|weights|embeddings|alpha|gamma)(?::0)?$/

/**
 * `layer1.0.conv1` for a kernel `layer1.0.conv1.weight` or a node `/layer1/layer1.0/conv1/Conv`; the module and the kind of the
 * layer where several nodes belong to the module; the kind where the file names nothing.
 */
export function layerName(node: FileNode, kind: string, nodes: readonly FileNode[]): string {
  const plain = kind === 'activation' ? node.op.toLowerCase() : kind
  const weight = node.inputs.flatMap((input) => weightName.exec(input)?.[1] ?? [])[0]
  if (weight && !weight.includes('::')) return withoutModel(weight.split('/'))
  const module = moduleOf(node)
  if (module === '') return plain
  const members = nodes.filter((other) => other.op !== 'Constant' && moduleOf(other) === module)
  return members.length === 1 || isWeighed(node) ? module : `${module}.${plain}`
}

const isWeighed = ({ op }: FileNode): boolean =>
  ['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'BatchNormalization', 'LSTM', 'GRU', 'RNN'].includes(op)

/** Where in its program a node was made: its name without the last part, which is the op's. */
function moduleOf({ name }: FileNode): string {
  const parts = name.split('/').filter((part) => part !== '')
  return withoutModel(parts.slice(0, -1))
}

/** `layer1`, `layer1.0`, `conv1` is `layer1.0.conv1`: each part that begins with the one before it stands for both. */
function withoutModel(parts: readonly string[]): string {
  return parts
    .filter((part) => !/^(model|functional|sequential)(_\d+)?$/.test(part))
    .reduce<string[]>((path, part) => {
      const before = path.at(-1)
      return before !== undefined && part.startsWith(`${before}.`) ? [...path.slice(0, -1), part] : [...path, part]
    }, [])
    .join('.')
}
