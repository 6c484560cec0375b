/** Refuses a script that would leave a technique out. */
import { filled, requireDefinition } from '../definitions.ts'
import { layerPlace } from '../project/mend.ts'
import { formatPlace } from '../project/place.ts'
import { IssueError, type Issue, type Setting } from '../project/project.ts'
import { keptWeights } from './kept.ts'
import type { ScriptPlan } from './plan.ts'
import { isProximal } from './proximal.ts'

/** Regularizers that scripts can have on a weight, and techniques of the run. */
const weightKinds = [
  'l1',
  'l2',
  'l1l2',
  'groupLasso',
  'sparseGroupLasso',
  'orthogonal',
  'softOrthogonal',
  'spectralNorm',
]
const runKinds = [
  'labelSmoothing',
  'classWeights',
  'clipNorm',
  'clipGlobalNorm',
  'clipValue',
  'weightDecay',
  'weightAverage',
  'earlyStopping',
  'reduceOnPlateau',
]

/** The kinds that have a proximal form in scripts, and the optimizers whose step they know. */
const proximalKinds = ['l1', 'l1l2']
const steppingOptimizers = ['sgd', 'adam', 'adamw']

/** Throws an IssueError with a sentence for each technique of the plan that such a script cannot have. */
export function refuseMissing(plan: ScriptPlan, format: 'Keras' | 'PyTorch'): void {
  const { training } = plan
  const titleOf = (kind: string): string => requireDefinition('regularizer', kind, kind).title
  const error = (path: string, message: string): Issue => ({ severity: 'error', path, message })
  const issues = [
    ...keptWeights(plan).flatMap(({ layer, weight, regularizers }) => {
      const at = (message: string): Issue => error(formatPlace(layerPlace(layer.name)), `${weight.name}: ${message}`)
      return regularizers.flatMap((setting) => {
        const { kind } = setting
        // Keras' OrthogonalRegularizer takes matrices only.
        const misfit = format === 'Keras' && kind === 'orthogonal' && weight.shape.length !== 2
        if (misfit || !weightKinds.includes(kind))
          return [at(`a ${format} script cannot have ${titleOf(kind)} there yet; take it out to write one.`)]
        if (!isProximal(setting)) return []
        if (!proximalKinds.includes(kind))
          return [
            at(
              `a ${format} script cannot have ${titleOf(kind)} in its proximal form yet; choose its gradient form to write one.`,
            ),
          ]
        if (!knowsStep(training.optimizer))
          return [
            at(
              `a ${format} script knows the step of ${titleOf(kind)} in its proximal form under SGD, Adam and AdamW without AMSGrad only; choose one of them, or its gradient form, to write one.`,
            ),
          ]
        return []
      })
    }),
    ...training.regularizers.flatMap(({ kind }, index) =>
      runKinds.includes(kind)
        ? []
        : [
            error(
              `training/regularizers/${index}`,
              `A ${format} script cannot have ${titleOf(kind)} yet; take it out to write one.`,
            ),
          ],
    ),
  ]
  if (issues.length > 0) throw new IssueError(...issues)
}

function knowsStep(optimizer: Setting): boolean {
  const params = filled(requireDefinition('optimizer', optimizer.kind, 'training/optimizer'), optimizer)
  return steppingOptimizers.includes(optimizer.kind) && params.amsgrad !== true
}
