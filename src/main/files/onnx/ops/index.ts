/** Which code draws which op of ONNX' own domain. */
import { isScalarOp } from '../curves.ts'
import { mergeKinds, type Step } from '../step.ts'
import { conv, convTranspose } from './convolution.ts'
import { gemm, matMul } from './dense.ts'
import { cast, dropout, elementwise, pass, prelu, softmax } from './elementwise.ts'
import {
  batchNormalization,
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  rmsNormalization,
} from './normalization.ts'
import { globalPool, pool, reduceAxes } from './pooling.ts'
import { recurrent } from './recurrent.ts'
import {
  concat,
  expand,
  flatten,
  gather,
  pad,
  reshape,
  resize,
  shape,
  slice,
  split,
  squeeze,
  transpose,
  unsqueeze,
} from './shaping.ts'

type Draw = (step: Step) => void

const drawings: Readonly<Record<string, Draw>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  Gemm: gemm,
  MatMul: matMul,
  MaxPool: pool,
  AveragePool: pool,
  GlobalMaxPool: globalPool,
  GlobalAveragePool: globalPool,
  ReduceMean: reduceAxes,
  ReduceMax: reduceAxes,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  RMSNormalization: rmsNormalization,
  PRelu: prelu,
  Softmax: softmax,
  LogSoftmax: softmax,
  Dropout: dropout,
  Identity: pass,
  Cast: cast,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
  Shape: shape,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  Squeeze: squeeze,
  Flatten: flatten,
  Reshape: reshape,
  Slice: slice,
  Gather: gather,
  Split: split,
  Concat: concat,
  Pad: pad,
  Resize: resize,
  Upsample: resize,
  Expand: expand,
}

/** What draws an op; undefined where nothing does. */
export function drawingOf(op: string): Draw | undefined {
  if (Object.hasOwn(drawings, op)) return drawings[op]
  return isScalarOp(op) || Object.hasOwn(mergeKinds, op) ? elementwise : undefined
}
