/** Layers that read sequences in PyTorch: recurrent ones and attention. */
import { boolean, flat, list, number, text, tuple } from '../python.ts'
import { activationFunction } from './activation.ts'
import { flagOf, last, numberOf, numbersOf, type Context, type Writer } from './context.ts'

function recurrent(cell: 'SimpleRNNCell' | 'LSTMCell' | 'GRUCell'): Writer {
  return ({ params, pieces, self, x, shape }) => {
    pieces.use(cell)
    pieces.use('Recurrent')
    const gate = typeof params.recurrentActivation === 'string' ? params.recurrentActivation : 'sigmoid'
    const functions = [activationFunction(String(params.activation)), activationFunction(gate)]
    const reset = cell === 'GRUCell' ? [flagOf(params.resetAfter)] : []
    const run = (backwards: string): string =>
      `Recurrent(${[
        `${cell}(${[...functions, ...reset].join(', ')})`,
        number(shape.at(-1) ?? 1),
        `units=${numberOf(params.units)}`,
        `bias=${flagOf(params.useBias)}`,
        `sequences=${flagOf(params.returnSequences)}`,
        `backwards=${backwards}`,
        `dropout=${numberOf(params.dropout)}`,
        `recurrent_dropout=${numberOf(params.recurrentDropout)}`,
      ].join(', ')})`
    for (const each of functions) pieces.mention(each)
    const views = (prefix: string, module: string): Record<string, string> => ({
      [`${prefix}kernel`]: `${module}kernel`,
      [`${prefix}recurrentKernel`]: `${module}recurrent_kernel`,
      ...(params.useBias === false ? {} : { [`${prefix}bias`]: `${module}bias` }),
    })
    if (params.bidirectional === 'none')
      return {
        module: run(flagOf(params.goBackwards)),
        expression: `${self}(${x})`,
        first: false,
        views: views('', ''),
      }
    pieces.use('Bidirectional')
    return {
      module: `Bidirectional(${run('False')}, ${run('True')}, ${text(String(params.bidirectional))})`,
      expression: `${self}(${x})`,
      first: false,
      views: { ...views('forward/', 'forward_layer.'), ...views('backward/', 'backward_layer.') },
    }
  }
}

/** What an attention layer is called with: query, value, maybe key. */
const attended = ({ inputs }: Context): string => {
  const [query = '', value = query, ...key] = inputs.map(last)
  return [query, value, ...key].join(', ')
}

const attention = (params: Context['params']): string =>
  `causal=${flagOf(params.useCausalMask)}, dropout=${numberOf(params.dropout)}`

/** By kind of layer. */
export const sequences: Readonly<Record<string, Writer>> = {
  simpleRNN: recurrent('SimpleRNNCell'),
  lstm: recurrent('LSTMCell'),
  gru: recurrent('GRUCell'),
  multiHeadAttention: (context) => {
    const { layer, params, pieces, self } = context
    const [query = [], value = query, key = value] = layer.inputShapes
    const keyDim = numberOf(params.keyDim)
    const outputs = numbersOf(params.outputShape).length > 0 ? numbersOf(params.outputShape) : [query.at(-1) ?? 1]
    const views = ['query', 'key', 'value', 'attentionOutput'].flatMap((name) => {
      const own = name === 'attentionOutput' ? 'output' : name
      const kernel: [string, string] = [`${name}/kernel`, `${own}_kernel`]
      const bias: [string, string] = [`${name}/bias`, `${own}_bias`]
      return params.useBias === false ? [kernel] : [kernel, bias]
    })
    return {
      module: `${pieces.use('MultiHeadAttention')}(${[
        flat(list([query, key, value].map((shape) => number(shape.at(-1) ?? 1)))),
        `heads=${numberOf(params.numHeads)}`,
        `key=${keyDim}`,
        `value=${params.valueDim === null ? keyDim : numberOf(params.valueDim)}`,
        `outputs=${flat(tuple(outputs.map(number)))}`,
        `bias=${flagOf(params.useBias)}`,
        attention(params),
      ].join(', ')})`,
      expression: `${self}(${attended(context)})`,
      first: false,
      views: Object.fromEntries(views),
    }
  },
  attention: (context) => {
    const { params, pieces, self } = context
    const concatenates = params.scoreMode === 'concat'
    return {
      module: `${pieces.use('Attention')}(${flagOf(params.useScale)}, ${boolean(concatenates)}, ${attention(params)})`,
      expression: `${self}(${attended(context)})`,
      first: false,
      views: {
        ...(params.useScale === true ? { scale: 'scale' } : {}),
        ...(concatenates ? { concatScoreWeight: 'concat_score_weight' } : {}),
      },
    }
  },
  additiveAttention: (context) => {
    const { params, pieces, self, shape } = context
    return {
      module: `${pieces.use('AdditiveAttention')}(${shape.at(-1) ?? 1}, ${flagOf(params.useScale)}, ${attention(params)})`,
      expression: `${self}(${attended(context)})`,
      first: false,
      views: params.useScale === true ? { scale: 'scale' } : {},
    }
  },
}
