import { defineLayer } from '../define.ts'
import { flag } from '../params.ts'
import { attend, attended, attentionForm, attentionParams, sameFeatures } from './attend.ts'

export const additiveAttention = defineLayer({
  kind: 'additiveAttention',
  title: 'AdditiveAttention',
  doc: 'Each step of the query gathers the steps of the value by a trained measure of how well their keys match it.',
  reference:
    'Bahdanau et al. 2015, https://arxiv.org/abs/1409.0473; https://keras.io/api/layers/attention_layers/additive_attention/',
  formula: 'y = softmax(s) value\ns = Σ scale · tanh(query + key) over the features',
  group: 'Attention',
  arity: { min: 1, max: 3 },
  samples: true,
  params: {
    useScale: flag({ title: 'Scale', doc: 'Train a factor for each feature.', default: true }),
    ...attentionParams,
  },
  keras: { class: 'AdditiveAttention', ...attentionForm },
  // y = softmax(s) value,  s = Σ scale tanh(query + key) over the features
  build: (context) => {
    const { g, params, weight } = context
    const [query, value, key] = attended(context)
    sameFeatures(context, query, key)
    const match = g.Tanh(g.Add(g.Unsqueeze(query, [2]), g.Unsqueeze(key, [1])))
    const scaled = params.useScale
      ? g.Mul(
          match,
          weight('scale', { shape: [Number(query.shape[2])], initializer: { kind: 'glorotUniform', params: {} } }),
        )
      : match
    return attend(context, g.ReduceSum(scaled, [-1]), value, params)
  },
})
