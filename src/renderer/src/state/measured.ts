/** The numbers a run reports, by the names under which rules of the run watch them. */
import { namesOf } from '#engine/compile/forward.ts'
import type { Project } from '#engine/project/project.ts'
import { connectedTerminals } from './terminals.ts'

/** `validation/loss`, `train/out1/accuracy`: those of the validation part first, and none of it where no rows are kept for it. */
export function measuredNames({ graph, training, data }: Project): readonly string[] {
  const { outputs } = connectedTerminals(graph)
  const isSeveral = outputs.length > 1
  const metrics = outputs.flatMap((output) =>
    namesOf(training.outputs?.[output]?.metrics ?? training.metrics).map((name) =>
      isSeveral ? `${output}/${name}` : name,
    ),
  )
  const losses = isSeveral ? outputs.map((output) => `${output}/loss`) : []
  const parts = data.validationFraction > 0 ? ['validation', 'train'] : ['train']
  return parts.flatMap((part) => ['loss', 'data', ...losses, ...metrics].map((name) => `${part}/${name}`))
}
