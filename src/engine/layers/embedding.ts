import { defineLayer } from '../define.ts'
import { constraints, integer, regularizers, setting } from '../params.ts'

export const embedding = defineLayer({
  kind: 'embedding',
  title: 'Embedding',
  doc: 'Turns each whole number, such as the index of a word, into a vector that is trained; numbers outside 0 to the number of indices - 1 count as the nearest of these.',
  reference: 'https://keras.io/api/layers/core_layers/embedding/',
  formula: 'y = embeddings[x]',
  group: 'Core',
  arity: { min: 1, max: 1 },
  params: {
    inputDim: integer({
      title: 'Indices',
      doc: 'How many different numbers there are, the largest index + 1: columns of categories count from 1, and 0 is any other text.',
      default: 1000,
      min: 1,
      max: 10_000_000,
    }),
    outputDim: integer({
      title: 'Vector length',
      doc: 'How many numbers stand for one index.',
      default: 32,
      min: 1,
      max: 1_000_000,
    }),
    embeddingsInitializer: setting('initializer', 'randomUniform', 'Vector initializer', 'How the vectors start.'),
    embeddingsRegularizers: regularizers('weight', 'Vector regularization', 'What keeps the vectors simple.'),
    embeddingsConstraints: constraints('Vector constraints', 'What the vectors have to be after each step.'),
  },
  keras: {
    class: 'Embedding',
    only: { mask_zero: false, lora_rank: null, quantization_config: null },
    ignored: ['input_length', 'lora_alpha'],
  },
  // y[..., :] = embeddings[x[...], :]
  build: ({ g, params, inputs, weight, fail }) => {
    const [x] = inputs
    if (!x) return fail('needs an input')
    const embeddings = weight('embeddings', {
      shape: [params.inputDim, params.outputDim],
      initializer: params.embeddingsInitializer,
      regularizers: params.embeddingsRegularizers,
      constraints: params.embeddingsConstraints,
    })
    const index = g.Cast(x, 'int64')
    const inside = g.Min(g.Max(index, g.scalar(0, 'int64')), g.scalar(params.inputDim - 1, 'int64'))
    return g.Gather(embeddings, inside)
  },
})
