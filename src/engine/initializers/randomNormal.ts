import { defineInitializer } from '../define.ts'
import { filledBy, normalParams } from './distribution.ts'

export const randomNormal = defineInitializer({
  kind: 'randomNormal',
  title: 'Random normal',
  doc: 'Normal numbers of a mean and a deviation.',
  reference: 'https://keras.io/api/layers/initializers/#randomnormal-class',
  formula: 'w ~ N(mean, stddev²)',
  params: normalParams,
  keras: { class: 'RandomNormal', ignored: ['seed'] },
  fill: ({ shape, random }, { mean, stddev }) => filledBy(shape, () => mean + stddev * random.normal()),
})
