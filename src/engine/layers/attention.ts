import { defineLayer } from '../define.ts'
import { choice, flag } from '../params.ts'
import { attend, attended, attentionForm, attentionParams, sameFeatures } from './attend.ts'

export const attention = defineLayer({
  kind: 'attention',
  title: 'Attention',
  doc: 'Each step of the query gathers the steps of the value by how well their keys match it.',
  reference:
    'Luong et al. 2015, https://arxiv.org/abs/1508.04025; https://keras.io/api/layers/attention_layers/attention/',
  formula:
    'y = softmax(s) value\ns = scale · query keyᵀ, or s = weight · Σ tanh(scale · (query + key)) over the features',
  group: 'Attention',
  arity: { min: 1, max: 3 },
  samples: true,
  params: {
    useScale: flag({ title: 'Scale', doc: 'Train a factor for the scores.', default: false }),
    scoreMode: choice({
      title: 'Score',
      doc: 'How well a key matches: the product with the query (dot), or the sum of tanh of both added (concat).',
      default: 'dot',
      options: ['dot', 'concat'],
    }),
    ...attentionParams,
  },
  keras: { class: 'Attention', ...attentionForm },
  // y = softmax(s) value,  s = scale · query keyᵀ, or s = weight · Σ tanh(scale · (query + key)) over the features
  build: (context) => {
    const { g, params, weight } = context
    const [query, value, key] = attended(context)
    sameFeatures(context, query, key)
    const factor = (name: string) => weight(name, { shape: [], initializer: { kind: 'ones', params: {} } })
    const scale = params.useScale ? factor('scale') : null
    if (params.scoreMode === 'dot') {
      const product = g.MatMul(query, g.Transpose(key, [0, 2, 1]))
      return attend(context, scale ? g.Mul(product, scale) : product, value, params)
    }
    const pairs = g.Add(g.Unsqueeze(query, [2]), g.Unsqueeze(key, [1]))
    const sum = g.ReduceSum(g.Tanh(scale ? g.Mul(pairs, scale) : pairs), [-1])
    return attend(context, g.Mul(sum, factor('concatScoreWeight')), value, params)
  },
})
