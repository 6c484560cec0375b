import { defineInitializer } from '../define.ts'
import { filledBy, normalParams, truncated } from './distribution.ts'

export const truncatedNormal = defineInitializer({
  kind: 'truncatedNormal',
  title: 'Truncated normal',
  doc: 'Normal numbers, drawn again while they lie more than two deviations from the mean.',
  reference: 'https://keras.io/api/layers/initializers/#truncatednormal-class',
  params: normalParams,
  keras: { class: 'TruncatedNormal', ignored: ['seed'] },
  fill: ({ shape, random }, { mean, stddev }) => filledBy(shape, () => mean + stddev * truncated(random)),
})
