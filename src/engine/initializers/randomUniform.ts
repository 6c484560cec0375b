import { defineInitializer } from '../define.ts'
import { number } from '../params.ts'
import { filledBy } from './distribution.ts'

export const randomUniform = defineInitializer({
  kind: 'randomUniform',
  title: 'Random uniform',
  doc: 'Numbers between two bounds, all equally likely.',
  reference: 'https://keras.io/api/layers/initializers/#randomuniform-class',
  formula: 'w ~ U(minval, maxval)',
  params: {
    minval: number({ title: 'From', doc: 'The lower bound.', default: -0.05 }),
    maxval: number({ title: 'To', doc: 'The upper bound.', default: 0.05 }),
  },
  keras: { class: 'RandomUniform', ignored: ['seed'] },
  fill: ({ shape, random }, { minval, maxval }) => filledBy(shape, () => minval + (maxval - minval) * random.uniform()),
})
