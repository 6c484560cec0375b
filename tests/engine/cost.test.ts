import { expect, test } from 'vitest'
import { operationsOf } from '#engine/compile/cost.ts'
import { buildPredictGraph } from '#engine/compile/evaluation.ts'
import { inputSpecs } from '#engine/compile/inputShape.ts'
import { inspect } from '#engine/compile/inspect.ts'
import { finish } from '#engine/graph/finish.ts'
import type { Value } from '#engine/graph/graph.ts'
import { tensorOf } from '#engine/graph/tensor.ts'
import { Builder } from '#engine/ops/builder.ts'
import { startProject, templates } from '#engine/project/starts/templates.ts'
import { taskWithoutTable } from '#engine/project/starts/task.ts'

/** The operations for one row of what is built of a float input of this shape. */
function operations(shape: readonly (number | string)[], build: (g: Builder, x: Value) => Value): number {
  const g = new Builder('cost')
  g.output(build(g, g.input('x', 'float32', shape)), 'y')
  return operationsOf(finish(g.graph))
}

const constant = (g: Builder, ...shape: number[]): Value =>
  g.initializer('weights', tensorOf('float32', shape, new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(1)))

test('a Dense layer costs a multiplication and an addition for each weight, and one addition for each bias', () => {
  expect(operations(['batch', 30], (g, x) => g.Gemm(x, constant(g, 30, 8), constant(g, 8)))).toBe(2 * 30 * 8 + 8)
})

test('a convolution costs as much at each place, moving elements nothing, and a ReLU one for each number', () => {
  const places = 6 * 5
  expect(
    operations(['batch', 6, 5, 3], (g, x) =>
      g.Transpose(
        g.Relu(g.Conv(g.Transpose(x, [0, 3, 1, 2]), constant(g, 4, 3, 3, 3), null, { pads: [1, 1, 1, 1] })),
        [0, 2, 3, 1],
      ),
    ),
  ).toBe(2 * places * 4 * 3 * 9 + places * 4)
})

test('a depthwise convolution sees one channel for each filter', () => {
  expect(operations(['batch', 4, 6, 6], (g, x) => g.Conv(x, constant(g, 4, 1, 2, 2), null, { group: 4 }))).toBe(
    2 * 25 * 4 * 4,
  )
})

test('rows that a layer makes of one count as often as there are', () => {
  expect(operations(['batch', 7, 5], (g, x) => g.MatMul(x, constant(g, 5, 2)))).toBe(2 * 7 * 5 * 2)
})

test('what the layers of a network cost alone adds up to what the network costs', () => {
  const data = { source: null, columns: {}, validationFraction: 0.2, stratify: true, standardize: true }
  const shape = { features: 64, classes: 10, targets: 1 }
  for (const template of templates) {
    const project = startProject(template.title, '', template.build(taskWithoutTable), data)
    const { operations, nodes } = inspect(project, shape)
    expect(operations).toBe(operationsOf(buildPredictGraph(project, inputSpecs(project.graph, shape)).graph))
    expect([...nodes.values()].reduce((sum, node) => sum + node.operations, 0)).toBe(operations)
    expect(operations).toBeGreaterThan(1000)
  }
})
