/** The weights inside a `.keras` archive. */
import { Dataset, File, type Group } from 'jsfive'
import { sizeOf, type Tensor } from '#engine/graph/graph.ts'

/** What finding a layer's weights takes. */
export interface StoredLayer {
  readonly name: string
  readonly className: string
}

/** Each layer's tensors, in the order in which the layer made them, by the layer's name in Keras. */
export function readVariables(hdf5: Uint8Array, layers: readonly StoredLayer[]): Map<string, readonly Tensor[]> {
  const root = new File(new Uint8Array(hdf5).buffer, 'model.weights.h5')
  const stored = group(root, 'layers')
  const folders = new Map(stored?.keys.map((key) => [key, group(stored, `${key}/vars`)]))
  const byName = new Map([...folders.values()].map((vars) => [vars?.attrs.name, vars]))
  const counted = folderNames(layers)
  return new Map(
    layers.map(({ name }) => {
      // Newer archives note the layer's name beside its weights; older ones only count the classes.
      const vars = byName.get(name) ?? folders.get(counted.get(name) ?? '')
      return [name, vars ? tensors(vars) : []]
    }),
  )
}

function group(parent: Group, path: string): Group | undefined {
  const [first = '', ...rest] = path.split('/')
  if (!parent.keys.includes(first)) return undefined
  const found = parent.get(first)
  if (found instanceof Dataset) return undefined
  return rest.length > 0 ? group(found, rest.join('/')) : found
}

/** Keras' folder of each layer: the class name in snake case, numbered from the second of a class on. */
function folderNames(layers: readonly StoredLayer[]): Map<string, string> {
  const used = new Map<string, number>()
  return new Map(
    layers.map(({ name, className }) => {
      const folder = snakeCase(className)
      const count = used.get(folder) ?? 0
      used.set(folder, count + 1)
      return [name, count > 0 ? `${folder}_${count}` : folder]
    }),
  )
}

function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

function tensors(vars: Group): Tensor[] {
  const numbered = [...vars.keys].sort((a, b) => Number(a) - Number(b))
  return numbered.flatMap((key) => {
    const dataset = vars.get(key)
    if (!(dataset instanceof Dataset)) return []
    const { shape, value } = dataset
    if (value.length !== sizeOf(shape)) throw new Error(`${key} holds ${value.length} numbers`)
    return [{ dtype: 'float32', shape: [...shape], data: Float32Array.from(value) }]
  })
}
