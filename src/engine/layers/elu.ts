import { defineLayer } from '../define.ts'
import { number } from '../params.ts'

export const elu = defineLayer({
  kind: 'elu',
  title: 'ELU',
  doc: 'Passes numbers above 0 on, and lets the others level off.',
  reference: 'Clevert et al. 2016, https://arxiv.org/abs/1511.07289',
  formula: 'y = x where x > 0, else alpha (eˣ − 1)',
  group: 'Activation',
  arity: { min: 1, max: 1 },
  params: {
    alpha: number({ title: 'Alpha', doc: 'How far below 0 it levels off.', default: 1, min: 0 }),
  },
  keras: { class: 'ELU' },
  // x > 0 ? x : alpha · (eˣ - 1)
  build: ({ g, params, inputs, fail }) => {
    const [x] = inputs
    return x ? g.Elu(x, params.alpha) : fail('needs an input')
  },
})
