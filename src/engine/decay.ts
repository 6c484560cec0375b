/** Decoupled weight decay, for the optimizers that have it built in and for the technique that adds it to any. */
import type { ChoiceParam, WeightContext } from './define.ts'
import type { Value } from './graph/graph.ts'
import type { Builder } from './ops/builder.ts'
import { choice } from './params.ts'
import { isBias } from './weightName.ts'

type Exclusion = 'nothing' | 'biases' | 'vectors' | 'vectorsAndEmbeddings'

/** Which weights a decay leaves alone. */
export const exclusion: ChoiceParam<Exclusion> = choice({
  title: 'Left out',
  doc: 'What never decays: nothing as in Keras, biases, all vectors (biases and what normalization learns), or embeddings as well.',
  default: 'nothing',
  options: ['nothing', 'biases', 'vectors', 'vectorsAndEmbeddings'],
})

/** Whether a weight decays, by its name and its rank. */
export function decays({ name, weight }: WeightContext, excluded: Exclusion): boolean {
  const own = name.slice(name.lastIndexOf('/') + 1)
  const bias = isBias(name)
  const vector = bias || weight.shape.length < 2 || /^(gamma|beta|scale)$/.test(own)
  switch (excluded) {
    case 'nothing':
      return true
    case 'biases':
      return !bias
    case 'vectors':
      return !vector
    case 'vectorsAndEmbeddings':
      return !vector && !/embeddings$/i.test(own)
  }
}

/** A weight after its decay, w - w η λ. */
export function decayed(g: Builder, weight: Value, learningRate: Value, strength: Value): Value {
  return g.Sub(weight, g.Mul(weight, g.Mul(learningRate, strength)))
}
