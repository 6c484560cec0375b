import { defineInitializer } from '../define.ts'
import { number } from '../params.ts'
import { filledBy } from './distribution.ts'

export const constant = defineInitializer({
  kind: 'constant',
  title: 'Constant',
  doc: 'Every weight starts at the same number.',
  reference: 'https://keras.io/api/layers/initializers/#constant-class',
  formula: 'w = value',
  params: { value: number({ title: 'Value', doc: 'The number.', default: 0 }) },
  keras: { class: 'Constant' },
  fill: ({ shape }, { value }) => filledBy(shape, () => value),
})
