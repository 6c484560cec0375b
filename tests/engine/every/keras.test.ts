import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { gradients } from '#engine/autodiff.ts'
import type { Params, ValuesOf } from '#engine/define.ts'
import { definitions } from '#engine/definitions.ts'
import { finish } from '#engine/graph/finish.ts'
import type { ParamValue } from '#engine/project/project.ts'
import { distance } from '../../support/differences.ts'
import { evaluate64 } from '../../support/evaluate64.ts'
import { count } from '../../support/float64/array.ts'
import { array } from '../../support/reals.ts'
import { legalValues } from '../../support/settings.ts'
import { build } from './layers/case.ts'

/** What Keras 3.15 (TensorFlow backend, in double precision) puts out, and its gradients by inputs and weights, in order. */
interface Fixture {
  readonly kind: string
  readonly params: Readonly<Record<string, ParamValue>>
  readonly inputs: readonly (readonly number[])[]
  readonly output: readonly number[]
  /** Of the sum of the output times wave 99. */
  readonly gradients: readonly (readonly number[])[]
}

const file = new URL('../../fixtures/layers/sequence.json', import.meta.url)
const fixtures = JSON.parse(readFileSync(file, 'utf8')) as readonly Fixture[]

/** The numbers the fixtures were made with: of input i wave i, of weight j wave 10 + j. */
const wave = (salt: number, shape: readonly number[]) =>
  array(
    shape,
    Array.from({ length: count(shape) }, (_, k) => 0.8 * Math.sin(1 + 7 * k + 3 * salt)),
  )

describe('Keras and the engine agree on', () => {
  test.each(fixtures)('$kind with $params', (fixture) => {
    const layer = definitions.layer[fixture.kind] ?? expect.fail(`there is no ${fixture.kind}`)
    const params: ValuesOf<Params> = { ...legalValues(layer, 0)[0]!, ...fixture.params }
    for (const training of [true, false]) {
      const { g, output, feeds, inputs, weights } = build(layer, fixture, params, training)
      const variables = [...inputs, ...weights.map(({ value }) => value)]
      const shape = output.shape.map(Number)
      variables.forEach(({ name, shape }, index) => {
        const salt = index < inputs.length ? index : 10 + index - inputs.length
        feeds[name] = wave(salt, shape.map(Number))
      })
      feeds['weighting'] = wave(99, shape)
      const scalar = g.ReduceSum(g.Mul(output, g.input('weighting', 'float32', shape)), null)
      // After training one op runs over the whole sequence, which is not differentiated.
      const slopes = training ? gradients(g, scalar, variables) : []
      g.output(output, 'output')
      slopes.forEach((slope, index) => g.output(slope, `slope${index}`))
      const results = evaluate64(finish(g.graph), feeds)
      const numbersOf = (name: string) => Array.from(results.get(name)?.data ?? [], Number)
      expect(distance(numbersOf('output'), fixture.output)).toBeLessThan(1e-7)
      slopes.forEach((_, index) =>
        expect(distance(numbersOf(`slope${index}`), fixture.gradients[index]!), variables[index]!.name).toBeLessThan(
          1e-7,
        ),
      )
      if (training) expect(slopes).toHaveLength(fixture.gradients.length)
    }
  })
})
