/** The weights inside a `.keras` archive, and which of the project's weights each is. */
import { Dataset, File, type Group } from 'jsfive'
import type { WeightSpec } from '#engine/compile/program.ts'
import { formatShape, sameShape, sizeOf, type Tensor } from '#engine/graph/graph.ts'
import type { Issue } from '#engine/project/project.ts'
import type { DrawnLayer } from './draw.ts'

/**
 * The tensors for the weights that a project asks for, by their names. `layers` say which layer of Keras each node was.
 * Reports layers whose weights are others than the project asks for; throws when the file is damaged.
 */
export function readWeights(
  hdf5: Uint8Array,
  layers: readonly DrawnLayer[],
  specs: readonly WeightSpec[],
  file: string,
  issues: Issue[],
): Map<string, Tensor> {
  const root = new File(new Uint8Array(hdf5).buffer, 'model.weights.h5')
  return new Map(
    storedLayers(root, layers, '').flatMap(({ drawn: { layer }, node, folder }) => {
      const own = specs.filter(({ name }) => name.startsWith(`${node}/`))
      const names = own.map(({ name }) => name.slice(node.length + 1))
      const { found, left } = folder ? assign(folder, names) : nothing
      if (left.length > 0 || own.some(({ shape }, index) => !fits(shape, found.get(names[index] ?? '')))) {
        const asked = own.map(({ shape }, index) => `${names[index] ?? ''} ${formatShape(shape)}`)
        const held = [...found.values(), ...left].map(({ shape }) => formatShape(shape))
        const wanted = asked.length > 0 ? `its ${asked.join(' and ')}` : 'no weights of it'
        issues.push({
          severity: 'error',
          path: `graph/${node}`,
          message: `${layer.object.className} layer ${layer.name}: ${file} should hold ${wanted}, but holds ${held.join(', ') || 'none'}.`,
        })
      }
      return [...found].map(([name, tensor]): [string, Tensor] => [`${node}/${name}`, tensor])
    }),
  )
}

const fits = (shape: readonly number[], tensor: Tensor | undefined): boolean =>
  tensor !== undefined && sameShape(shape, tensor.shape)

interface StoredLayer {
  readonly drawn: DrawnLayer
  /** The name of its node in the open graph. */
  readonly node: string
  readonly folder: Group | undefined
}

/** Every layer that is no model, with its folder. */
function storedLayers(parent: Group | undefined, layers: readonly DrawnLayer[], prefix: string): StoredLayer[] {
  const container = parent && (group(parent, 'layers') ?? group(parent, '_layer_checkpoint_dependencies'))
  const keys = container?.keys ?? []
  const folders = new Map(keys.map((key) => [key, container && group(container, key)]))
  const byName = new Map([...folders.values()].map((folder) => [folder && nameOf(folder), folder]))
  const used = new Map<string, number>()
  return layers.flatMap((drawn) => {
    const { layer, name, inside } = drawn
    if (layer.operation) return []
    // Newer archives note the layer's name beside its weights; older ones only count the classes.
    const stem = snakeCase(layer.object.className)
    const count = used.get(stem) ?? 0
    used.set(stem, count + 1)
    const folder = byName.get(layer.name) ?? folders.get(count > 0 ? `${stem}_${count}` : stem)
    const node = `${prefix}${name}`
    return layer.model ? storedLayers(folder, inside, `${node}/`) : [{ drawn, node, folder }]
  })
}

interface Assigned {
  readonly found: ReadonlyMap<string, Tensor>
  /** Variables that belong to none of the weights. */
  readonly left: readonly Tensor[]
}
const nothing: Assigned = { found: new Map(), left: [] }

/**
 * A layer's variables by the names of its weights, which come in the order in which Keras makes them. A folder inside takes the
 * weights that begin with its name: `query_dense` those like `queryKernel`; others, such as `cell`, come after the layer's own.
 */
function assign(folder: Group, names: readonly string[]): Assigned {
  const found = new Map<string, Tensor>()
  const left: Tensor[] = []
  const loose = variablesOf(folder)
  const claimed = new Set<string>()
  for (const key of folder.keys) {
    const inner = group(folder, key)
    // The state of random numbers is nothing that was learned.
    if (!inner || key === 'vars' || /seed_generator|random_generator/.test(key)) continue
    const words = [key.replace(/^_+/, '').split('_')[0] ?? '', nameOf(inner) ?? ''].map(camelCase)
    const own = names.filter((name) => words.some((word) => word !== '' && new RegExp(`^${word}[A-Z/]`).test(name)))
    for (const name of own) claimed.add(name)
    const { found: part, left: rest } = assign(inner, own)
    for (const [name, tensor] of part) found.set(name, tensor)
    if (own.length > 0) left.push(...rest)
    else loose.push(...rest)
  }
  const open = names.filter((name) => !claimed.has(name))
  open.forEach((name, index) => {
    const tensor = loose[index]
    if (tensor) found.set(name, tensor)
  })
  return { found, left: [...left, ...loose.slice(open.length)] }
}

/** Keras' folder of a layer: the class name in snake case. */
function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

const camelCase = (name: string): string => name.replaceAll(/_+(\w)/g, (_, letter: string) => letter.toUpperCase())

/** The layer's name, which newer archives note. */
function nameOf(folder: Group): string | undefined {
  const name = group(folder, 'vars')?.attrs.name
  return typeof name === 'string' ? name : undefined
}

function group(parent: Group, path: string): Group | undefined {
  if (!parent.keys.includes(path)) return undefined
  const found = parent.get(path)
  return found instanceof Dataset ? undefined : found
}

/** A folder's own variables, in the order in which Keras made them. */
function variablesOf(folder: Group): Tensor[] {
  const vars = group(folder, 'vars')
  const numbered = [...(vars?.keys ?? [])].sort((a, b) => Number(a) - Number(b))
  return numbered.flatMap((key): Tensor[] => {
    const dataset = vars?.get(key)
    if (!(dataset instanceof Dataset)) return []
    const { shape, value } = dataset
    if (value.length !== sizeOf(shape)) throw new Error(`${key} holds ${value.length} numbers`)
    return [{ dtype: 'float32', shape: [...shape], data: Float32Array.from(value) }]
  })
}
