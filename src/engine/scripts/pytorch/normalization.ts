/** Normalizations in PyTorch. */
import { boolean, flat, number, tuple } from '../python.ts'
import { axisIn, flagOf, numberOf, numbersOf, type Context, type Writer } from './context.ts'

const scaleViews = (params: Context['params'], gamma: string, beta: string): Record<string, string> => ({
  ...(params.scale === false ? {} : { gamma }),
  ...(params.center === false ? {} : { beta }),
})

/** By kind of layer. */
export const normalizations: Readonly<Record<string, Writer>> = {
  batchNormalization: ({ layer, params, pieces, self, inputs, shape }) => {
    const isFirst = inputs[0]?.first === true
    const rank = shape.length + 1
    const axis = axisIn(numberOf(params.axis), rank, isFirst)
    const size = layer.weights[0]?.shape[0] ?? 1
    return {
      module: `${pieces.use('BatchNormalization')}(${[
        number(size),
        `axis=${axis}`,
        `momentum=${numberOf(params.momentum)}`,
        `epsilon=${numberOf(params.epsilon)}`,
        `scale=${flagOf(params.scale)}`,
        `center=${flagOf(params.center)}`,
        `frozen=${boolean(layer.frozen)}`,
      ].join(', ')})`,
      expression: `${self}(${inputs[0]?.variable ?? ''})`,
      first: isFirst,
      views: {
        ...scaleViews(params, 'gamma', 'beta'),
        movingMean: 'moving_mean',
        movingVariance: 'moving_variance',
      },
    }
  },
  layerNormalization: ({ layer, params, pieces, self, x, shape }) => {
    const rank = shape.length + 1
    const axes = numbersOf(params.axis)
      .map((axis) => (axis < 0 ? axis + rank : axis))
      .toSorted((a, b) => a - b)
    const own = layer.weights[0]?.shape ?? axes.map((axis) => shape[axis - 1] ?? 1)
    const args = [flat(tuple(own.map(number))), flat(tuple(axes.map(number))), number(numberOf(params.epsilon))]
    return {
      module: `${pieces.use('LayerNormalization')}(${[...args, `scale=${flagOf(params.scale)}`, `center=${flagOf(params.center)}`].join(', ')})`,
      expression: `${self}(${x})`,
      first: false,
      views: scaleViews(params, 'scale', 'offset'),
    }
  },
  rmsNormalization: ({ layer, params, pieces, self, x, shape }) => {
    const rank = shape.length + 1
    const given = numbersOf(params.axis).length > 0 ? numbersOf(params.axis) : [numberOf(params.axis)]
    const axes = given.map((axis) => (axis < 0 ? axis + rank : axis)).toSorted((a, b) => a - b)
    const own = layer.weights[0]?.shape ?? []
    const args = [flat(tuple(own.map(number))), flat(tuple(axes.map(number))), number(numberOf(params.epsilon))]
    return {
      module: `${pieces.use('LayerNormalization')}(${args.join(', ')}, center=False, rms=True)`,
      expression: `${self}(${x})`,
      first: false,
      views: { scale: 'scale' },
    }
  },
  groupNormalization: ({ layer, params, pieces, self, inputs, shape }) => {
    const isFirst = inputs[0]?.first === true
    const rank = shape.length + 1
    const normal = axisIn(numberOf(params.axis), rank, false)
    const size = shape[normal - 1] ?? 1
    const groups = numberOf(params.groups) === -1 ? size : numberOf(params.groups)
    const args = [number(groups), number(size), `axis=${axisIn(numberOf(params.axis), rank, isFirst)}`]
    return {
      module: `${pieces.use('GroupNormalization')}(${[
        ...args,
        `epsilon=${numberOf(params.epsilon)}`,
        `scale=${flagOf(params.scale)}`,
        `center=${flagOf(params.center)}`,
      ].join(', ')})`,
      expression: `${self}(${inputs[0]?.variable ?? ''})`,
      first: isFirst,
      views: layer.weights.length > 0 ? scaleViews(params, 'gamma', 'beta') : {},
    }
  },
}
