import type { Value } from '#engine/graph/graph.ts'
import type { Builder } from '#engine/ops/builder.ts'
import type { RecurrentOptions } from '#engine/ops/vocabulary/layers.ts'
import { any, sample, type Sample } from './sample.ts'

type Call = (
  g: Builder,
  x: Value,
  w: Value,
  r: Value,
  bias: Value | null,
  options?: RecurrentOptions,
) => readonly Value[]

/** Two units over three steps of four features, in every way the ops differ. */
const cases = (gates: number, call: Call): readonly Sample[] => {
  const rows = gates * 2
  const weights = (directions: number) => [
    any(directions, rows, 4),
    any(directions, rows, 2),
    any(directions, 2 * rows),
  ]
  return [
    sample('forward', [any(3, 'batch', 4), ...weights(1)], (g, x, w, r, b) => call(g, x, w, r, b)),
    sample(
      'without a bias, from a state',
      [any(3, 'batch', 4), any(1, rows, 4), any(1, rows, 2), any(1, 'batch', 2)],
      (g, x, w, r, initial) => call(g, x, w, r, null, { initial }),
    ),
    sample('backward', [any(3, 'batch', 4), ...weights(1)], (g, x, w, r, b) =>
      call(g, x, w, r, b, { direction: 'reverse' }),
    ),
    sample('both ways', [any(3, 'batch', 4), ...weights(2)], (g, x, w, r, b) =>
      call(g, x, w, r, b, { direction: 'bidirectional' }),
    ),
  ]
}

export const recurrent: Readonly<Record<string, readonly Sample[]>> = {
  RNN: [
    ...cases(1, (g, x, w, r, b, options) => g.RNN(x, w, r, b, options)),
    sample('with relu', [any(2, 2, 3), any(1, 2, 3), any(1, 2, 2)], (g, x, w, r) =>
      g.RNN(x, w, r, null, { activations: ['Relu'] }),
    ),
  ],
  GRU: [
    ...cases(3, (g, x, w, r, b, options) => g.GRU(x, w, r, b, options)),
    sample(
      'with the reset after the product',
      [any(3, 'batch', 4), any(1, 6, 4), any(1, 6, 2), any(1, 12)],
      (g, x, w, r, b) => g.GRU(x, w, r, b, { linearBeforeReset: true }),
    ),
  ],
  LSTM: [
    ...cases(4, (g, x, w, r, b, options) => g.LSTM(x, w, r, b, options)),
    sample('from a cell', [any(2, 2, 3), any(1, 8, 3), any(1, 8, 2), any(1, 2, 2)], (g, x, w, r, initialCell) =>
      g.LSTM(x, w, r, null, { initialCell }),
    ),
  ],
}
