import { nonzero, distinct, whole, sample, reductions, type Sample, positive, any } from './sample.ts'

export const reduction: Readonly<Record<string, readonly Sample[]>> = {
  ReduceSum: reductions((g, x, axes, keep) => g.ReduceSum(x, axes, keep)),
  ReduceMean: reductions((g, x, axes, keep) => g.ReduceMean(x, axes, keep)),
  ReduceMax: reductions(
    (g, x, axes, keep) => g.ReduceMax(x, axes, keep),
    (shape) => distinct(shape),
  ),
  ReduceSumSquare: reductions((g, x, axes, keep) => g.ReduceSumSquare(x, axes, keep)),
  ReduceL1: reductions(
    (g, x, axes, keep) => g.ReduceL1(x, axes, keep),
    (shape) => nonzero(...shape),
  ),
  ArgMax: [
    sample('along the last axis', [distinct(['batch', 4])], (g, x) => g.ArgMax(x, -1)),
    sample('along the first axis, kept', [distinct([3, 4])], (g, x) => g.ArgMax(x, 0, true)),
    sample('of ties, the first one', [whole('int32', [6, 4], 0, 2)], (g, x) => g.ArgMax(x, 1)),
  ],
  ArgMin: [
    sample('along the last axis', [distinct(['batch', 4])], (g, x) => g.ArgMin(x, -1)),
    sample('along the first axis, kept', [distinct([3, 4])], (g, x) => g.ArgMin(x, 0, true)),
  ],
  ReduceMin: reductions(
    (g, x, axes, keep) => g.ReduceMin(x, axes, keep),
    (shape) => distinct(shape),
  ),
  ReduceProd: [
    ...reductions(
      (g, x, axes, keep) => g.ReduceProd(x, axes, keep),
      (shape) => nonzero(...shape),
    ),
  ],
  ReduceL2: reductions(
    (g, x, axes, keep) => g.ReduceL2(x, axes, keep),
    (shape) => nonzero(...shape),
  ),
  ReduceLogSum: reductions(
    (g, x, axes, keep) => g.ReduceLogSum(x, axes, keep),
    (shape) => positive(...shape),
  ),
  ReduceLogSumExp: reductions((g, x, axes, keep) => g.ReduceLogSumExp(x, axes, keep)),
  CumSum: [
    sample('along the last axis', [any('batch', 4)], (g, x) => g.CumSum(x, -1)),
    sample('of what is before, along the first axis', [any(3, 2)], (g, x) => g.CumSum(x, 0, { exclusive: true })),
    sample('of what follows', [any(2, 3)], (g, x) => g.CumSum(x, 1, { reverse: true })),
    sample('of what is behind', [any(4)], (g, x) => g.CumSum(x, 0, { reverse: true, exclusive: true })),
  ],
}
