/**
 * Blocked values as sums Σ scale · value + bias with a scale and a bias per channel. They are written down when someone needs
 * their elements, and then in as few passes as it takes: the runtime scales, shifts, adds another value and applies ReLU in one
 * pass of a depthwise 1×1 convolution, and adds and applies ReLU at the end of any convolution for nothing.
 */
import { GraphError, type Value } from '../../graph/graph.ts'
import type { Builder } from '../../ops/builder.ts'
import { shapeOf, type Image } from './image.ts'
import { convolve, type BlockedConvolution } from './runtimeOps.ts'

interface Term {
  /** Blocked. */
  readonly value: Value
  /** [channels] or a number; null is 1. */
  readonly scale: Value | null
}

export interface Affine {
  readonly image: Image
  readonly terms: readonly Term[]
  /** [channels] or a number; null is 0. */
  readonly bias: Value | null
}

/** A blocked value as it is. */
export const affineOf = (value: Value, image: Image): Affine => ({ image, terms: [{ value, scale: null }], bias: null })

export class Affines {
  readonly #g: Builder
  /** What has been written down, by what it is the value of. */
  readonly #written = new Map<string, Value>()
  /** The convolutions that end in a value which nothing else reads, so that more can be done in them. */
  readonly #open = new Map<Value, BlockedConvolution>()

  constructor(g: Builder) {
    this.#g = g
  }

  /** The result of a convolution; `open` where one node alone reads it. */
  convolution(convolution: BlockedConvolution, image: Image, open: boolean): Affine {
    const value = convolve(this.#g, convolution)
    if (open) this.#open.set(value, convolution)
    return affineOf(value, image)
  }

  #scalar = (number: number): Value => this.#g.scalar(number)

  add(a: Affine, b: Affine): Affine {
    const g = this.#g
    const terms = [...a.terms]
    for (const { value, scale } of b.terms) {
      const at = terms.findIndex((term) => term.value === value)
      const before = terms[at]
      if (before) terms[at] = { value, scale: g.Add(before.scale ?? this.#scalar(1), scale ?? this.#scalar(1)) }
      else terms.push({ value, scale })
    }
    return this.#known({ image: a.image, terms, bias: a.bias && b.bias ? g.Add(a.bias, b.bias) : (a.bias ?? b.bias) })
  }

  /** By a number or a vector of one factor per channel. */
  scale({ image, terms, bias }: Affine, factor: Value): Affine {
    const g = this.#g
    return this.#known({
      image,
      terms: terms.map(({ value, scale }) => ({ value, scale: scale ? g.Mul(scale, factor) : factor })),
      bias: bias && g.Mul(bias, factor),
    })
  }

  /** Plus a number or a vector of one per channel. */
  shift({ image, terms, bias }: Affine, by: Value): Affine {
    return this.#known({ image, terms, bias: bias ? this.#g.Add(bias, by) : by })
  }

  negate(affine: Affine): Affine {
    return this.scale(affine, this.#scalar(-1))
  }

  /** The same, as one value where it has been written down. */
  #known(affine: Affine): Affine {
    const known = this.#written.get(keyOf(affine, false))
    return known ? affineOf(known, affine.image) : affine
  }

  /** Its elements, or those above 0 with the others made 0. */
  value(affine: Affine, relu = false): Value {
    const key = keyOf(affine, relu)
    const known = this.#written.get(key) ?? this.#write(affine, relu)
    this.#written.set(key, known)
    return known
  }

  #write(affine: Affine, relu: boolean): Value {
    const { image, terms, bias } = affine
    const [first, second] = terms
    if (!first) throw new GraphError('a sum has no terms')
    const shape = shapeOf(image)
    const isPlain = terms.every(({ scale }) => scale === null) && bias === null
    if (isPlain && !second && !relu) return first.value
    const rest = (term: Term): Value | null => {
      const others = terms.filter((other) => other !== term)
      return others.length > 0 ? this.value({ image, terms: others, bias: null }) : null
    }
    const open = terms.find(({ value, scale }) => scale === null && this.#open.has(value))
    const convolution = open && this.#open.get(open.value)
    if (convolution) {
      const own = convolution.bias ?? null
      const given = bias && this.#vector(bias, image)
      const total = own && given ? this.#g.Add(own, given) : (own ?? given)
      return convolve(this.#g, { ...convolution, bias: total, sum: rest(open), relu })
    }
    if (isPlain && !second) return this.#g.Relu(first.value)
    if (isPlain && terms.length === 2 && second && !relu) return this.#g.Add(first.value, second.value)
    const lead = terms.find(({ scale }) => scale !== null) ?? first
    return convolve(this.#g, {
      x: lead.value,
      kernel: this.#g.Reshape(this.#vector(lead.scale ?? this.#scalar(1), image), [image.channels, 1, 1, 1]),
      bias: bias && this.#vector(bias, image),
      sum: rest(lead),
      relu,
      size: [1, 1],
      group: image.channels,
      shape,
    })
  }

  #vector(value: Value, { channels }: Image): Value {
    return value.shape.length === 0 ? this.#g.Expand(value, this.#g.ones([channels], value.dtype)) : value
  }
}

function keyOf({ terms, bias }: Affine, relu: boolean): string {
  const each = terms.map(({ value, scale }) => [value.name, scale?.name ?? ''].join(' * ')).toSorted()
  return JSON.stringify([each, bias?.name ?? '', relu])
}
