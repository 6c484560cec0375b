import { expect, test } from 'vitest'
import { compile } from '#engine/compile/compile.ts'
import { cancerProject, chain, setting } from '../trainer/projects.ts'
import { putBack } from '../../src/renderer/src/state/takenBack.ts'

const data = { features: 30, classes: 2, targets: 1 }
const dense = setting('dense', { units: 1, activation: 'sigmoid', kernelRegularizers: [setting('l2'), setting('l1')] })
const project = cancerProject({ graph: chain(setting('dropout', { rate: 0.2 }), dense) })
const { live } = compile(project, data)

test('what a run took back is put back where it stands in the project', () => {
  const changes = [
    { name: 'dense2/kernel/l1.strength', from: 0.01, to: 0.5 },
    { name: 'optimizer.learningRate', from: 0.001, to: 0.3 },
    { name: 'dropout1.rate', from: 0.2, to: 0.4 },
  ]
  const after = putBack(project, live, changes)
  const values = new Map(compile(after, data).live.map(({ name, value }) => [name, value]))
  expect(changes.map(({ name }) => values.get(name))).toEqual([0.5, 0.3, 0.4])
  expect(values.get('dense2/kernel/l2.strength')).toBe(0.01)
})

test('what the person has changed since then, and what is not there any more, stays as it is', () => {
  const changes = [
    { name: 'dense2/kernel/l1.strength', from: 0.7, to: 0.5 },
    { name: 'gone/kernel/l1.strength', from: 0.01, to: 0.5 },
  ]
  expect(putBack(project, live, changes)).toBe(project)
})
