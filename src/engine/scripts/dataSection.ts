/** The part of a script that reads the table: the same columns, kind of split and standardization as in the project. */
import type { ScriptColumn } from './scriptData.ts'
import type { ScriptOutput, ScriptPlan } from './plan.ts'
import { boolean, lines, list, number, prefixed, text } from './python.ts'

/** Lines that define `load_data()`, which gives (x, y, weights) of the training rows and of the validation rows. */
export function dataSection(plan: ScriptPlan): readonly string[] {
  return plan.data === null ? arrays(plan) : table(plan, plan.data.columns, plan.data.source)
}

const one = (items: readonly string[]): string => (items.length === 1 ? (items[0] ?? '') : `[${items.join(', ')}]`)

function arrays({ inputs, outputs }: ScriptPlan): readonly string[] {
  const files = (prefix: string, nodes: readonly string[]): string =>
    one(nodes.map((node) => `np.load(${text(nodes.length === 1 ? `${prefix}.npy` : `${prefix}_${node}.npy`)})`))
  return [
    'def load_data():',
    '    """Rows of the inputs and of the targets from files of NumPy arrays; none are kept for validation."""',
    `    x = ${files(
      'x',
      inputs.map(({ name }) => name),
    )}`,
    `    y = ${files(
      'y',
      outputs.map(({ node }) => node),
    )}`,
    '    return (x, y, None), None',
  ]
}

function table(plan: ScriptPlan, columns: readonly ScriptColumn[], source: string): readonly string[] {
  const { data, training } = plan.project
  const ofRole = (role: ScriptColumn['role']): readonly ScriptColumn[] => columns.filter((column) => column.role === role)
  const features = ofRole('feature')
  const mixed = features.map(({ name }) => data.columns[name]?.standardize ?? data.standardize)
  const plain = features.filter((_, index) => !mixed[index])
  const categories = features.filter(({ type }) => type === 'category')
  const [weight] = ofRole('weight')
  const groups = plan.inputs.map(({ name }, index) =>
    features.filter(({ node }) => plan.inputs.length === 1 || node === name || (node === null && index === 0)),
  )
  const targets = plan.outputs.map(({ node }) =>
    ofRole('target').filter((column) => plan.outputs.length === 1 || column.node === node),
  )
  const stratified = data.stratify && plan.outputs.length === 1 && (plan.data?.shape.classes ?? 0) > 0
  const names = (list: readonly ScriptColumn[]) => list.map(({ name }) => text(name))
  const constant = (name: string, list: readonly ScriptColumn[]) => lines(prefixed(`${name} = `, listOf(names(list))))
  return [
    ...lines(`DATA = ${text(source)}`),
    `VALIDATION_FRACTION = ${number(data.validationFraction)}`,
    ...groups.flatMap((group, index) => constant(featuresName(plan, index), group)),
    ...constant('CATEGORIES', categories),
    ...(plain.length > 0 ? constant('NOT_STANDARDIZED', plain) : []),
    '',
    '',
    'def split(rows, classes):',
    '    """Row numbers to train on and to validate on, drawn at random, the same share of each class."""',
    '    order = np.random.default_rng(SEED).permutation(rows)',
    '    groups = [order] if classes is None else [order[classes[order] == each] for each in np.unique(classes)]',
    '    kept = [group[: round(len(group) * VALIDATION_FRACTION)] for group in groups]',
    '    validation = np.sort(np.concatenate(kept))',
    '    return np.setdiff1d(np.arange(rows), validation), validation',
    '',
    '',
    'def encode(table, columns, train):',
    '    """Numbers standardized by the training rows, missing ones at their mean; one column for each category."""',
    '    parts = []',
    '    for name in columns:',
    '        if name in CATEGORIES:',
    '            categories = sorted(table[name].iloc[train].dropna().unique())',
    '            parts += [(table[name] == category).to_numpy("float64") for category in categories]',
    '            continue',
    '        values = pd.to_numeric(table[name]).to_numpy("float64")',
    '        mean, deviation = np.nanmean(values[train]), np.nanstd(values[train])',
    '        values = np.where(np.isnan(values), mean, values)',
    ...(plain.length === features.length
      ? ['        parts.append(values)']
      : plain.length > 0
        ? [
            '        if name not in NOT_STANDARDIZED:',
            '            values = (values - mean) / (deviation or 1)',
            '        parts.append(values)',
          ]
        : ['        parts.append((values - mean) / (deviation or 1))']),
    '    return np.stack(parts, axis=1).astype("float32")',
    '',
    '',
    'def load_data():',
    '    """(x, y, row weights) of the training rows and of the validation rows."""',
    '    table = pd.read_csv(DATA, sep=None, engine="python", dtype=str, skipinitialspace=True, na_values=["?"])',
    ...plan.outputs.flatMap((output, index) => target(plan, output, targets[index] ?? [], index)),
    `    train, validation = split(len(table), ${stratified ? `classes_0` : 'None'})`,
    ...plan.inputs.map(({ shape }, index) => {
      const rows = `encode(table, ${featuresName(plan, index)}, train)`
      return `    x_${index} = ${shape.length === 1 ? rows : `${rows}.reshape(-1, ${shape.join(', ')})`}`
    }),
    ...(weight ? [`    weights = pd.to_numeric(table[${text(weight.name)}]).to_numpy("float32")`] : []),
    '    part = lambda rows: (',
    `        ${one(plan.inputs.map((_, index) => `x_${index}[rows]`))},`,
    `        ${one(plan.outputs.map((_, index) => `y_${index}[rows]`))},`,
    `        ${weight ? 'weights[rows]' : 'None'},`,
    '    )',
    ...(data.validationFraction > 0 ? ['    return part(train), part(validation)'] : ['    return part(train), None']),
  ].filter((line) => training.epochs > 0 || line !== '')
}

const listOf = (items: readonly string[]) => list(items)

const featuresName = ({ inputs }: ScriptPlan, index: number): string =>
  inputs.length === 1 ? 'FEATURES' : `FEATURES_${index}`

/** Lines that make `y_<index>` the way the loss takes it. */
function target(
  plan: ScriptPlan,
  { node, form, shape }: ScriptOutput,
  columns: readonly ScriptColumn[],
  index: number,
): readonly string[] {
  const known = plan.data?.shape.outputs?.[node] ?? plan.data?.shape
  const [first] = columns
  const y = `    y_${index} = `
  const names = `[${columns.map(({ name }) => text(name)).join(', ')}]`
  const numbers = `table[${names}].apply(pd.to_numeric).to_numpy("float32")`
  if (!known || known.classes === 0 || !first) {
    const dtype = form === 'index' ? '.astype("int64")' : ''
    const places = shape.length > 1 ? `.reshape(-1, ${(form === 'index' ? shape.slice(0, -1) : shape).join(', ')})` : ''
    return [`${y}${numbers}${places}${dtype}`]
  }
  const codes = `classes_${index}`
  const found =
    columns.length > 1
      ? [`    ${codes} = ${numbers}.argmax(axis=1)`]
      : [
          `    names_${index} = sorted(table[${text(first.name)}].unique()${first.type === 'number' ? ', key=float' : ''})`,
          `    ${codes} = pd.Categorical(table[${text(first.name)}], categories=names_${index}).codes.astype("int64")`,
        ]
  const forms = {
    index: codes,
    oneHot: `np.eye(${known.classes}, dtype="float32")[${codes}]`,
    binary: `${codes}.astype("float32").reshape(-1, 1)`,
    value: `${codes}.astype("float32").reshape(-1, 1)`,
  }
  return [...found, y + forms[form]]
}

/** How fit and loops say whether rows are shuffled. */
export const shuffled = ({ training }: ScriptPlan): string => boolean(training.shuffle)
