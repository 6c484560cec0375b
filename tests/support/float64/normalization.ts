/** Operators that give numbers mean 0 and variance 1. */
import { axisOf, count, numbers, type Numbers } from './array.ts'
import type { Call, Operator } from './operator.ts'

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

interface Statistics {
  readonly mean: number
  readonly variance: number
}

function statisticsOf(values: readonly number[]): Statistics {
  const center = mean(values)
  return { mean: center, variance: mean(values.map((value) => (value - center) ** 2)) }
}

/** The statistics of the elements that share a number under `groupOf`, by that number. */
function grouped({ data }: Numbers, groupOf: (index: number) => number): Statistics[] {
  const groups: number[][] = []
  data.forEach((value, index) => (groups[groupOf(index)] ??= []).push(value))
  return groups.map(statisticsOf)
}

/** (x - mean) / √(variance + ε) · scale + bias, each found by the index of the element. */
function normalize(call: Call, statistics: (index: number) => Statistics, weight: (index: number) => number): Numbers {
  const [x, scale, bias] = [call.numbers(0), call.numbers(1), call.optional(2) && call.numbers(2)]
  const epsilon = call.float('epsilon') ?? Math.fround(1e-5)
  return numbers(
    x.dtype,
    x.shape,
    x.data.map((value, index) => {
      const own = statistics(index)
      const at = weight(index)
      return ((value - own.mean) / Math.sqrt(own.variance + epsilon)) * scale.data[at]! + (bias?.data[at] ?? 0)
    }),
  )
}

/** The channel of an element of [batch, channels, ...]. */
function channelOf({ shape }: Numbers): (index: number) => number {
  const inner = count(shape.slice(2))
  return (index) => Math.floor(index / inner) % shape[1]!
}

export const normalization: Readonly<Record<string, Operator>> = {
  BatchNormalization: (call) => {
    const channel = channelOf(call.numbers(0))
    const [middle, spread] = [call.numbers(3), call.numbers(4)]
    const given = (at: number): Statistics => ({ mean: middle.data[at]!, variance: spread.data[at]! })
    return [normalize(call, (index) => given(channel(index)), channel)]
  },
  InstanceNormalization: (call) => {
    const x = call.numbers(0)
    const inner = count(x.shape.slice(2))
    const own = grouped(x, (index) => Math.floor(index / inner))
    return [normalize(call, (index) => own[Math.floor(index / inner)]!, channelOf(x))]
  },
  GroupNormalization: (call) => {
    const x = call.numbers(0)
    const inner = count(x.shape.slice(1)) / call.int('num_groups')!
    const own = grouped(x, (index) => Math.floor(index / inner))
    return [normalize(call, (index) => own[Math.floor(index / inner)]!, channelOf(x))]
  },
  LayerNormalization: (call) => {
    const x = call.numbers(0)
    const axis = axisOf(call.int('axis') ?? -1, x.shape.length)
    const inner = count(x.shape.slice(axis))
    const own = grouped(x, (index) => Math.floor(index / inner))
    const epsilon = call.float('epsilon') ?? Math.fround(1e-5)
    const kept = x.shape.map((size, at) => (at < axis ? size : 1))
    return [
      normalize(
        call,
        (index) => own[Math.floor(index / inner)]!,
        (index) => index % inner,
      ),
      numbers(
        x.dtype,
        kept,
        own.map((each) => each.mean),
      ),
      numbers(
        x.dtype,
        kept,
        own.map(({ variance }) => 1 / Math.sqrt(variance + epsilon)),
      ),
    ]
  },
}
