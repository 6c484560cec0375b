/** Cases of the layers every network is made of. */
import { like, type Cases } from './case.ts'

export const core: Cases = {
  input: [like('batch', 3), like('batch', 2, 2)],
  dense: [
    { inputs: [['batch', 3]], output: ({ units }) => ['batch', Number(units)] },
    { inputs: [['batch', 2, 3]], output: ({ units }) => ['batch', 2, Number(units)] },
  ],
  activation: [like('batch', 4), like('batch', 2, 3)],
  flatten: [
    { inputs: [['batch', 2, 3]], output: () => ['batch', 6] },
    { inputs: [['batch', 2, 1, 2]], output: () => ['batch', 4] },
    like('batch', 5),
    { inputs: [['batch']], output: () => ['batch', 1] },
  ],
  reshape: [
    { inputs: [['batch', 2, 3]], output: () => ['batch', 6] },
    { inputs: [['batch', 6]], params: { shape: [3, 2] }, output: () => ['batch', 3, 2] },
    { inputs: [['batch', 2, 4]], params: { shape: [-1, 2, 2] }, output: () => ['batch', 2, 2, 2] },
  ],
  concatenate: [
    {
      inputs: [
        ['batch', 3],
        ['batch', 1],
      ],
      params: { axis: -1 },
      output: () => ['batch', 4],
    },
    {
      inputs: [
        ['batch', 1, 2],
        ['batch', 2, 2],
        ['batch', 1, 2],
      ],
      params: { axis: 1 },
      output: () => ['batch', 4, 2],
    },
  ],
}
