import type { Value } from '../graph/graph.ts'
import type { Builder } from '../ops/builder.ts'
import { groupsOf, normAlong, type Grouping, type Groups } from './groups.ts'

/** So many Newton steps give the root to float32 precision for steps that lie up to 8 powers of ten apart. */
const newtonSteps = 6

/** Keeps quotients finite where step and weight are both 0. */
const least = 1e-30

/**
 * The proximal step of strength √p ‖w‖₂ for each group of p weights, in the metric of the optimizer's steps η (a number, or one
 * for each weight): the w that minimizes ½ Σ (wᵢ - vᵢ)² / ηᵢ + strength √p ‖w‖₂. Zero groups are exactly zero.
 */
export function groupShrink(g: Builder, weight: Value, by: Grouping, stepSize: Value, strength: Value): Value {
  const groups = groupsOf(g, weight, by)
  const threshold = g.Mul(strength, g.scalar(Math.sqrt(groups.size)))
  const shrunk =
    stepSize.shape.length === 0
      ? shrinkAlike(g, groups, g.Mul(stepSize, threshold))
      : shrinkEach(g, groups, g.ReshapeLike(g.Expand(stepSize, weight), groups.value), threshold)
  return g.ReshapeLike(shrunk, weight)
}

/** One step for all: w = v max(0, 1 - t / ‖v‖), t the step times the threshold. */
function shrinkAlike(g: Builder, { value, axes }: Groups, shift: Value): Value {
  const norm = normAlong(g, value, axes)
  const left = g.Max(g.Sub(norm, shift), g.scalar(0))
  return g.Mul(value, g.Div(left, g.Max(norm, g.scalar(least))))
}

/**
 * A step η for each weight: w = 0 where Σ (v / η)² <= t². Else wᵢ = vᵢ s / (s + ηᵢ t), where s = ‖w‖ is the root of
 * φ(s) = Σ (vᵢ / (s + ηᵢ t))² = 1. Newton's steps go by ψ = 1 / √φ, which grows, is concave, and is a straight line where all η
 * are alike: from s = max(0, ‖v‖ - t max η), which is never beyond the root, they rise to it and never pass it.
 */
function shrinkEach(g: Builder, { value, axes }: Groups, stepSize: Value, threshold: Value): Value {
  const zero = g.scalar(0)
  const steps = g.Max(stepSize, g.scalar(least))
  const shifts = g.Mul(steps, threshold)
  let norm = g.Max(g.Sub(normAlong(g, value, axes), g.ReduceMax(shifts, axes, true)), zero)
  const behind = (): Value => g.Max(g.Add(norm, shifts), g.scalar(least))
  for (let step = 0; step < newtonSteps; step++) {
    const distance = behind()
    const squares = g.Mul(g.Div(value, distance), g.Div(value, distance))
    const sum = g.ReduceSum(squares, axes, true)
    // (1 - ψ) / ψ' = (√φ - 1) φ / Σ vᵢ² / (s + ηᵢ t)³
    const slope = g.Max(g.ReduceSum(g.Div(squares, distance), axes, true), g.scalar(least))
    norm = g.Max(g.Add(norm, g.Div(g.Mul(g.Sub(g.Sqrt(sum), g.scalar(1)), sum), slope)), zero)
  }
  const shrunk = g.Mul(value, g.Div(norm, behind()))
  const pull = normAlong(g, g.Div(value, steps), axes)
  return g.Where(g.Greater(pull, threshold), shrunk, zero)
}
