import { defineInitializer } from '../define.ts'
import { filledBy, normalParams, truncated } from './distribution.ts'

export const truncatedNormal = defineInitializer({
  kind: 'truncatedNormal',
  title: 'Truncated normal',
  doc: 'Normal numbers, drawn again while they lie more than two deviations from the mean.',
  reference: 'https://keras.io/api/layers/initializers/#truncatednormal-class',
  formula: 'w ~ N(mean, stddev²), drawn again while |w − mean| > 2 stddev',
  params: normalParams,
  keras: { class: 'TruncatedNormal', ignored: ['seed'] },
  fill: ({ shape, random }, { mean, stddev }) => filledBy(shape, () => mean + stddev * truncated(random)),
})
