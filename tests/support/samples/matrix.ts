import { any, sample, type Sample } from './sample.ts'

export const matrix: Readonly<Record<string, readonly Sample[]>> = {
  MatMul: [
    sample('of two matrices', [any('batch', 3), any(3, 2)], (g, a, b) => g.MatMul(a, b)),
    sample('of a batch and a matrix', [any(2, 3, 2), any(2, 4)], (g, a, b) => g.MatMul(a, b)),
    sample('of batches that broadcast', [any(2, 1, 2, 3), any(2, 3, 2)], (g, a, b) => g.MatMul(a, b)),
    sample('of a value with itself', [any(3, 3)], (g, x) => g.MatMul(x, x)),
  ],
  Gemm: [
    ...[false, true].flatMap((transA) =>
      [false, true].map((transB) =>
        sample(
          `${transA ? 'Aᵀ' : 'A'} × ${transB ? 'Bᵀ' : 'B'} with alpha, beta and a bias`,
          [any(...(transA ? [3, 'batch'] : ['batch', 3])), any(...(transB ? [2, 3] : [3, 2])), any(2)],
          (g, a, b, c) => g.Gemm(a, b, c, { alpha: 0.5, beta: 1.5, transA, transB }),
        ),
      ),
    ),
    sample('with a bias for every known row', [any(4, 3), any(3, 2), any(2)], (g, a, b, c) =>
      g.Gemm(a, b, c, { beta: 1.5 }),
    ),
    sample('with a bias of one row', [any(4, 3), any(3, 2), any(1, 2)], (g, a, b, c) => g.Gemm(a, b, c)),
    sample('without a bias', [any('batch', 3), any(3, 2)], (g, a, b) => g.Gemm(a, b)),
    sample('with a scalar bias', [any(2, 3), any(3, 2), any()], (g, a, b, c) => g.Gemm(a, b, c)),
    sample('with a bias a row', [any(3, 3), any(3, 2), any(3, 1)], (g, a, b, c) => g.Gemm(a, b, c)),
  ],
  Transpose: [
    sample('of all axes in reverse, without saying so', [any(2, 3, 4)], (g, x) => g.node('Transpose', [x])),
    sample('of a matrix', [any('batch', 2)], (g, x) => g.Transpose(x, [1, 0])),
    sample('in a cycle of three axes', [any(2, 3, 4)], (g, x) => g.Transpose(x, [2, 0, 1])),
  ],
  Einsum: [
    sample('as a product of matrices', [any('batch', 3), any(3, 2)], (g, ...values) => g.Einsum('ij,jk->ik', values)),
    sample('as attention over heads', [any('batch', 3, 2, 2), any('batch', 4, 2, 2)], (g, ...values) =>
      g.Einsum('bqhd,bkhd->bhqk', values),
    ),
    sample('with an axis that only one operand has and the result has not', [any(2, 3), any(2)], (g, ...values) =>
      g.Einsum('ij,i->i', values),
    ),
    sample('of one value, transposed and summed', [any(2, 3, 4)], (g, x) => g.Einsum('abc->ca', [x])),
    sample('without naming the result', [any(2, 3), any(3, 2)], (g, ...values) => g.Einsum('ib,ba', values)),
  ],
}
