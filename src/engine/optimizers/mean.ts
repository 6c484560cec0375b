import type { NumberParam } from '../define.ts'
import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { number } from '../params.ts'

/** The next running mean, m ← m + (1 - β)(x - m), where β is how much of it stays. */
export function runningMean(g: Builder, mean: Value, next: Value, beta: number): Value {
  return g.Add(mean, g.Mul(g.Sub(next, mean), g.scalar(1 - beta)))
}

/** What corrects a running mean that began at zero, 1 - βᵗ, with β as float32 holds it. */
export function correction(g: Builder, beta: number, step: Value): Value {
  return g.Sub(g.scalar(1), g.Pow(g.scalar(beta), step))
}

/** How much of a running mean stays from step to step: from 0 to below 1. */
export const persistence = (title: string, doc: string, preset: number): NumberParam =>
  number({ title, doc, default: preset, min: 0, max: 0.999999 })

/** A number so small that it only keeps something from being divided by zero. */
export const epsilon = (doc: string): NumberParam =>
  number({ title: 'Epsilon', doc, default: 1e-7, min: 0, exclusiveMin: true, scale: 'log' })
