import { defineLayer } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import { flag, integer, optional, shape } from '../params.ts'
import { attend, attended, attentionForm, attentionParams } from './attend.ts'
import { linear } from './linear.ts'
import { biasParams, kernelParams } from './weights.ts'

export const multiHeadAttention = defineLayer({
  kind: 'multiHeadAttention',
  title: 'MultiHeadAttention',
  doc: 'Each step of the query gathers from the steps of the value those whose key matches, in several heads at once.',
  reference:
    'Vaswani et al. 2017, https://arxiv.org/abs/1706.03762; https://keras.io/api/layers/attention_layers/multi_head_attention/',
  formula:
    'q, k, v = query, key, value · kernel + bias, for each head\ny = Σ softmax(q kᵀ / √keyDim) v · kernel over the heads, + bias',
  group: 'Attention',
  arity: { min: 1, max: 3 },
  samples: true,
  params: {
    numHeads: integer({ title: 'Heads', doc: 'How many searches run side by side.', default: 4, min: 1, max: 1000 }),
    keyDim: integer({ title: 'Key size', doc: 'How many numbers a head compares.', default: 16, min: 1, max: 100_000 }),
    valueDim: optional({
      title: 'Value size',
      doc: 'How many numbers a head gathers.',
      default: null,
      min: 1,
      max: 100_000,
      whole: true,
      none: 'as many as it compares',
    }),
    outputShape: shape({
      title: 'Output sizes',
      doc: 'Sizes of each step that comes out; left empty, as many numbers as the query has.',
      default: [],
    }),
    useBias: flag({ title: 'Bias', doc: 'Add trained constants to queries, keys, values and output.', default: true }),
    ...attentionParams,
    ...kernelParams,
    ...biasParams,
  },
  keras: {
    class: 'MultiHeadAttention',
    only: { use_gate: false, sliding_window: null, activity_regularizer: null },
    ignored: [...attentionForm.ignored, 'attention_axes', 'flash_attention'],
    call: attentionForm.call,
  },
  // y = Σ_heads softmax(q kᵀ / √keyDim) v · kernel + bias,  with q, k, v = query, key, value · kernel + bias of each head
  build: (context) => {
    const { g, params, weight } = context
    const [query, value, key] = attended(context)
    const { numHeads: heads, keyDim } = params
    const valueDim = params.valueDim ?? keyDim
    const project = (name: string, x: Value, inner: readonly number[], outer: readonly number[]): Value => {
      const [rows, columns] = [inner, outer].map((sizes) => sizes.reduce((product, size) => product * size, 1))
      const kernel = weight(`${name}/kernel`, {
        shape: [...inner, ...outer],
        initializer: params.kernelInitializer,
        regularizers: params.kernelRegularizers,
        constraints: params.kernelConstraints,
      })
      const bias = params.useBias
        ? weight(`${name}/bias`, {
            shape: outer,
            initializer: params.biasInitializer,
            regularizers: params.biasRegularizers,
            constraints: params.biasConstraints,
          })
        : null
      const matrix = kernel.shape.length === 2 ? kernel : g.Reshape(kernel, [rows ?? 1, columns ?? 1])
      return linear(g, x, matrix, bias && bias.shape.length > 1 ? g.Reshape(bias, [-1]) : bias)
    }
    // [batch, steps, heads · size] with the heads in front of the axes in this order: 1 is steps, 3 size.
    const perHead = (x: Value, size: number, order: readonly [number, number]): Value =>
      g.Transpose(g.Reshape(x, [0, Number(x.shape[1]), heads, size]), [0, 2, ...order])
    const features = (x: Value): readonly number[] => [Number(x.shape[2])]
    const q = perHead(project('query', query, features(query), [heads, keyDim]), keyDim, [1, 3])
    const k = perHead(project('key', key, features(key), [heads, keyDim]), keyDim, [3, 1])
    const v = perHead(project('value', value, features(value), [heads, valueDim]), valueDim, [1, 3])
    const scores = g.MatMul(g.Mul(q, g.scalar(1 / Math.sqrt(keyDim))), k)
    const gathered = g.Transpose(attend(context, scores, v, params), [0, 2, 1, 3])
    const steps = Number(query.shape[1])
    const outer = params.outputShape.length > 0 ? params.outputShape : features(query)
    const y = project('attentionOutput', g.Reshape(gathered, [0, steps, heads * valueDim]), [heads, valueDim], outer)
    return outer.length === 1 ? y : g.Reshape(y, [0, steps, ...outer])
  },
})
