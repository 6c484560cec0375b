import type { Shape } from '#engine/graph/graph.ts'
import { nonzero, sample, unary, alongAxis, type Sample, any, between, distinct, type Operand } from './sample.ts'

/** Between and beyond the kinks at 1 and at ±2.5. */
const inside = (...shape: Shape): Operand => ({
  ...between(shape, 0, 1),
  fill: (count, seed) =>
    between(shape, -0.9, 0.9)
      .fill(count, seed)
      .map((x, index) => x + [0, 2, -4, 4][index % 4]!),
})

const alongUnsaidAxis = (op: string) =>
  sample('along the last axis, without saying so', [distinct(['batch', 2, 3])], (g, x) => g.node(op, [x]))

export const activation: Readonly<Record<string, readonly Sample[]>> = {
  Relu: unary((g, x) => g.Relu(x), nonzero),
  LeakyRelu: unary((g, x) => g.LeakyRelu(x, 0.2), nonzero),
  Elu: [
    ...unary((g, x) => g.Elu(x, 1), nonzero),
    sample('with alpha 0.5', [nonzero('batch', 3)], (g, x) => g.Elu(x, 0.5)),
  ],
  Selu: unary((g, x) => g.Selu(x), nonzero),
  Sigmoid: unary((g, x) => g.Sigmoid(x)),
  Tanh: unary((g, x) => g.Tanh(x)),
  Softplus: unary((g, x) => g.Softplus(x)),
  Softmax: [...alongAxis((g, x, axis) => g.Softmax(x, axis)), alongUnsaidAxis('Softmax')],
  LogSoftmax: [...alongAxis((g, x, axis) => g.LogSoftmax(x, axis)), alongUnsaidAxis('LogSoftmax')],
  Hardmax: [
    ...alongAxis(
      (g, x, axis) => g.Hardmax(x, axis),
      (...shape: Shape) => distinct(shape),
    ),
    alongUnsaidAxis('Hardmax'),
  ],
  HardSigmoid: [
    ...unary((g, x) => g.HardSigmoid(x), inside),
    sample('as Keras has it', [between(['batch', 4], -5, 5)], (g, x) => g.HardSigmoid(x, 1 / 6, 0.5)),
  ],
  HardSwish: unary(
    (g, x) => g.HardSwish(x),
    (...shape) => between(shape, -5, 5),
  ),
  Celu: [...unary((g, x) => g.Celu(x), nonzero), sample('with alpha 2', [nonzero('batch', 3)], (g, x) => g.Celu(x, 2))],
  Mish: unary((g, x) => g.Mish(x)),
  Softsign: unary((g, x) => g.Softsign(x), nonzero),
  ThresholdedRelu: [
    ...unary((g, x) => g.ThresholdedRelu(x), inside),
    sample('with alpha 0', [nonzero('batch', 3)], (g, x) => g.ThresholdedRelu(x, 0)),
  ],
  PRelu: [
    sample('with a slope a channel', [nonzero('batch', 3, 2), any(3, 1)], (g, x, slope) => g.PRelu(x, slope)),
    sample('with one slope', [nonzero('batch', 3), any(1)], (g, x, slope) => g.PRelu(x, slope)),
  ],
  Gelu: [...unary((g, x) => g.Gelu(x)), sample('by tanh', [any('batch', 3)], (g, x) => g.Gelu(x, 'tanh'))],
}
