import { choice } from '../params.ts'

/** How a penalty that makes weights vanish acts. */
export const form = choice({
  title: 'Form',
  doc: 'As a gradient, as Keras does, weights hover near zero; as a proximal step after each update, they become exactly zero.',
  default: 'gradient',
  options: ['gradient', 'proximal'],
})
