import { defineLayer } from '../define.ts'

export const block = defineLayer({
  kind: 'block',
  title: 'Block',
  doc: 'A network of its own in one node: its Inputs take what is connected to it, in their order.',
  reference: 'https://keras.io/guides/functional_api/#all-models-are-callable-just-like-layers',
  group: 'Core',
  arity: { min: 1, max: Infinity },
  params: {},
  // A block is laid open before anything is built.
  build: ({ fail }) => fail('holds no layers'),
})
