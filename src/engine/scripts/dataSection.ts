/** The part of a script that reads the table: the same columns, kind of split and standardization as in the project. */
import { terminalsOf } from '../project/blocks.ts'
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
  const { data } = plan.project
  const ofRole = (role: ScriptColumn['role']): readonly ScriptColumn[] =>
    columns.filter((column) => column.role === role)
  const features = ofRole('feature')
  const [weight] = ofRole('weight')
  const groups = plan.inputs.map(({ name }, index) =>
    features.filter(({ node }) => plan.inputs.length === 1 || node === name || (node === null && index === 0)),
  )
  const { indices } = terminalsOf(plan.project.graph)
  const lookedUp = groups.flatMap((group, index) => (indices.includes(plan.inputs[index]?.name ?? '') ? group : []))
  const categories = features.filter((column) => column.type === 'category' && !lookedUp.includes(column))
  const indexed = lookedUp.filter(({ type }) => type === 'category')
  const plain = features.filter(
    (column) => !(data.columns[column.name]?.standardize ?? (data.standardize && !lookedUp.includes(column))),
  )
  const targets = plan.outputs.map(({ node }) =>
    ofRole('target').filter((column) => plan.outputs.length === 1 || column.node === node),
  )
  const stratified = data.stratify && plan.outputs.length === 1 && (plan.data?.shape.classes ?? 0) > 0
  const names = (all: readonly ScriptColumn[]) => all.map(({ name }) => text(name))
  const constant = (name: string, all: readonly ScriptColumn[]) => lines(prefixed(`${name} = `, list(names(all))))
  return [
    ...lines(`DATA = ${text(source)}`),
    `VALIDATION_FRACTION = ${number(data.validationFraction)}`,
    ...groups.flatMap((group, index) => constant(featuresName(plan, index), group)),
    ...(categories.length > 0 ? constant('CATEGORIES', categories) : []),
    ...(indexed.length > 0 ? constant('INDEXED', indexed) : []),
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
    'def read_table():',
    '    """The cells of each column as texts, by its name."""',
    '    with open(DATA, newline="", encoding="utf-8-sig") as file:',
    '        header = file.readline()',
    '        separator = max(",;\\t", key=header.count)',
    '        file.seek(0)',
    '        names, *rows = [row for row in csv.reader(file, delimiter=separator) if row]',
    '    columns = zip(*([cell.strip() for cell in row] for row in rows))',
    '    return {name.strip(): np.array(cells) for name, cells in zip(names, columns)}',
    '',
    '',
    'def numbers(cells):',
    '    """Texts as numbers; what is missing is NaN."""',
    '    missing = {"", "?", "na", "n/a", "nan", "null"}',
    '    return np.array([np.nan if each.lower() in missing else float(each.replace(",", ".")) for each in cells])',
    '',
    '',
    'def encode(table, columns, train):',
    '    """Numbers standardized by the training rows, missing ones at their mean; one column for each category."""',
    '    parts = []',
    '    for name in columns:',
    ...(categories.length === 0
      ? []
      : [
          '        if name in CATEGORIES:',
          '            found = sorted(set(table[name][train]) - {""})',
          '            parts += [(table[name] == category).astype(float) for category in found]',
          '            continue',
        ]),
    ...(indexed.length === 0
      ? []
      : [
          '        if name in INDEXED:',
          '            texts = [table[each][train] for each in columns if each in INDEXED]',
          '            found = sorted(set(np.concatenate(texts)) - {""})',
          '            places = {category: place for place, category in enumerate(found, 1)}',
          '            parts.append(np.array([places.get(cell, 0) for cell in table[name]]))',
          '            continue',
        ]),
    '        values = numbers(table[name])',
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
    '    table = read_table()',
    ...plan.outputs.flatMap((output, index) => target(plan, output, targets[index] ?? [], index)),
    `    rows = len(next(iter(table.values())))`,
    `    train, validation = split(rows, ${stratified ? 'classes_0' : 'None'})`,
    ...plan.inputs.map(({ shape }, index) => {
      const encoded = `encode(table, ${featuresName(plan, index)}, train)`
      return `    x_${index} = ${shape.length === 1 ? encoded : `${encoded}.reshape(-1, ${shape.join(', ')})`}`
    }),
    ...(weight ? [`    weights = numbers(table[${text(weight.name)}]).astype("float32")`] : []),
    '    part = lambda rows: (',
    `        ${one(plan.inputs.map((_, index) => `x_${index}[rows]`))},`,
    `        ${one(plan.outputs.map((_, index) => `y_${index}[rows]`))},`,
    `        ${weight ? 'weights[rows]' : 'None'},`,
    '    )',
    ...(data.validationFraction > 0 ? ['    return part(train), part(validation)'] : ['    return part(train), None']),
  ]
}

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
  const columnsOf = columns.map(({ name }) => `numbers(table[${text(name)}])`)
  const numbers = `np.stack([${columnsOf.join(', ')}], axis=1).astype("float32")`
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
          // np.unique gives the sorted classes, and the number of each row's.
          `    ${codes} = np.unique(${first.type === 'number' ? `numbers(table[${text(first.name)}])` : `table[${text(first.name)}]`}, return_inverse=True)[1]`,
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
