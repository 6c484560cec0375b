/** Metrics that count what lies above a threshold speak of probabilities, whatever the network puts out. */
import type { MetricContext } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { number } from '../params.ts'

type Scores = Pick<MetricContext, 'g' | 'prediction' | 'form' | 'threshold'>

export const thresholdParam = number({
  title: 'Threshold',
  doc: 'The probability above which an output says 1.',
  default: 0.5,
  min: 0,
  max: 1,
})

/** The outputs as probabilities: logits and scores around 0 go through a sigmoid, or a softmax over the classes. */
export function probabilities({ g, prediction, form, threshold }: Scores): Value {
  if (threshold !== 0) return prediction
  return form === 'oneHot' ? g.Softmax(prediction) : g.Sigmoid(prediction)
}

/** Where outputs say 1, as booleans of the prediction's shape: their probability is above this one. */
export function above(context: Scores, probability: number): Value {
  const { g, form, threshold, prediction } = context
  // σ(z) > p is z > ln(p / (1 - p)), without the rounding of the sigmoid.
  return threshold === 0 && form === 'binary'
    ? g.Greater(prediction, g.scalar(Math.log(probability / (1 - probability))))
    : g.Greater(probabilities(context), g.scalar(probability))
}
