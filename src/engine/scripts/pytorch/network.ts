/** The network of a PyTorch script: a module, and a function that gives every weight by its name. */
import type { ScriptLayer, ScriptOutput, ScriptPlan } from '../plan.ts'
import { settingsIn } from '../plan.ts'
import { text } from '../python.ts'
import { activated } from './activation.ts'
import type { Held, TorchLayer } from './context.ts'
import { torchLayer } from './layers.ts'
import { linkOf } from './losses.ts'
import type { Pieces } from './modules.ts'
import { penaltyTerm } from './techniques.ts'

/** The activation an output ends in, where its loss is computed from what goes into it. */
export function linkOfOutput({ layers }: ScriptPlan, { node, loss }: ScriptOutput): 'sigmoid' | 'softmax' | null {
  const link = linkOf(loss.kind)
  if (link === null || loss.params.fromLogits === true) return loss.params.fromLogits === true ? link : null
  const layer = layers.find(({ name }) => name === node)
  const plain = layer?.source === layer?.name && settingsIn(layer?.params.activityRegularizers).length === 0
  return plain && layer?.params.activation === link && layer.definition.group !== 'Recurrent' ? link : null
}

/** Lines that define the module, `weights(model)` and `predict(model, x)`. */
export function networkLines(plan: ScriptPlan, pieces: Pieces): readonly string[] {
  const { layers, inputs, outputs, names } = plan
  const linked = new Map(outputs.map((output) => [output.node, linkOfOutput(plan, output)]))
  const held = new Map<string, Held>()
  const modules: string[] = []
  const forward: string[] = []
  const views: string[] = []
  let activity = false
  for (const layer of layers) {
    const { name, variable, source } = layer
    if (layer.definition.kind === 'input') {
      held.set(name, { variable, first: false })
      continue
    }
    const given = layer.inputs.flatMap((input) => held.get(input) ?? [])
    const own = linked.get(name) ? withoutActivation(layer) : layer
    const written = torchLayer(own, given, names.of(source), pieces)
    if (written.module !== null && source === name) modules.push(`self.${variable} = ${written.module}`)
    const last = outputs.some(({ node }) => node === name) && written.first
    const expression = last ? pieces.mention(`channels_last(${written.expression})`) : written.expression
    forward.push(`${variable} = ${expression}`)
    held.set(name, { variable, first: written.first && !last })
    const terms = activityTerms(layer, variable)
    if (terms.length > 0) {
      forward.push(`activity = activity + (${terms.join(' + ')}) / len(${variable})`)
      activity = true
    }
    views.push(...viewLines(layer, written))
  }
  const ends = outputs.map(({ variable }) => variable)
  return [
    'class Network(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    ...modules.flatMap((line) => wrapped(line, '        ')),
    ...(activity ? ['        self.activity = torch.zeros(())'] : []),
    '',
    `    def forward(self, ${inputs.map(({ variable }) => variable).join(', ')}):`,
    ...(activity ? ['        activity = 0'] : []),
    ...forward.flatMap((line) => wrapped(line, '        ')),
    ...(activity
      ? ['        # What the outputs of layers cost, divided by the batch size.', '        self.activity = activity']
      : []),
    `        return ${ends.join(', ')}`,
    '',
    '',
    'def build_model():',
    '    return Network()',
    '',
    '',
    'def weights(model):',
    '    """Every weight by its name and in the layout it has in Espalier and Keras; changing one changes the model."""',
    '    return {',
    ...views.map((line) => `        ${line}`),
    '    }',
    '',
    '',
    'def predict(model, *x):',
    '    """Predictions as the network is meant to give them: probabilities, not logits."""',
    ...predictLines(plan, linked),
  ]
}

function predictLines(
  { outputs }: ScriptPlan,
  linked: ReadonlyMap<string, 'sigmoid' | 'softmax' | null>,
): readonly string[] {
  if (outputs.length === 1) {
    const link = linked.get(outputs[0]?.node ?? '') ?? null
    return [`    return ${link === null ? 'model(*x)' : activated(link, 'model(*x)')}`]
  }
  const parts = outputs.map(({ node, variable }) => {
    const link = linked.get(node) ?? null
    return link === null ? variable : activated(link, variable)
  })
  return [`    ${outputs.map(({ variable }) => variable).join(', ')} = model(*x)`, `    return ${parts.join(', ')}`]
}

const withoutActivation = (layer: ScriptLayer): ScriptLayer => ({
  ...layer,
  params: { ...layer.params, activation: 'linear' },
})

function activityTerms({ params }: ScriptLayer, variable: string): readonly string[] {
  return settingsIn(params.activityRegularizers).flatMap((setting) => penaltyTerm(setting, variable) ?? [])
}

function viewLines({ variable, weights }: ScriptLayer, { views }: TorchLayer): readonly string[] {
  return weights.map(({ name, own }) => {
    const view = views[own] ?? own
    return `${text(name)}: model.${variable}${view.startsWith('[') ? '' : '.'}${view},`
  })
}

/** A long line broken behind its first bracket. */
function wrapped(line: string, indent: string): readonly string[] {
  const open = line.indexOf('(')
  if (indent.length + line.length <= 100 || open < 0 || !line.endsWith(')')) return [indent + line]
  return [indent + line.slice(0, open + 1), `${indent}    ${line.slice(open + 1, -1)}`, `${indent})`]
}
