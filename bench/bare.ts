/** Calls of the training graph and nothing else: what the workbench's own overhead is measured against. */
import { TableSource } from '#main/trainer/data/source.ts'
import { prepareRun } from '#main/trainer/run/prepare.ts'
import { SlicePlanner } from '#main/trainer/run/slices.ts'
import { Stepper } from '#main/trainer/run/stepper.ts'
import { initialSlots, initialWeights } from '#main/trainer/run/weights.ts'
import { projectOf } from './project.ts'
import { takeTurns } from './turns.ts'

await takeTurns(async ({ workload, threads, folder }) => {
  const project = projectOf(workload)
  const prepared = await prepareRun(project, folder, new TableSource(folder))
  const { program } = prepared
  const start = {
    weights: initialWeights(program.weights, project.training.seed, null),
    slots: initialSlots(program.slots),
    live: {},
  }
  const stepper = await Stepper.open(prepared, start, { threads, spinning: true })
  const planner = new SlicePlanner(stepper.callSeconds)
  let epoch = 0
  const train = async (): Promise<number> => {
    stepper.orderRows(epoch)
    for (let step = 0; step < stepper.fullSteps;) {
      const started = performance.now()
      const { steps } = await stepper.slice(
        { step, iteration: epoch * stepper.fullSteps + step },
        planner.next(stepper.fullSteps - step),
      )
      planner.record(steps, (performance.now() - started) / 1000)
      stepper.accept()
      step += steps
    }
    epoch += 1
    return stepper.fullSteps
  }
  await train()
  return { description: 'calls of the graph alone', train }
})
