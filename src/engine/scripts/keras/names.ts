/** How Keras names what a definition names: `kernelRegularizers` is `kernel_regularizer`, unless the definition says more. */
import type { Definition } from '../../define.ts'

/** Keras' name of the argument for one parameter of a definition. */
export function argumentOf(definition: Definition, param: string): string {
  const said = definition.keras?.arguments?.[param]
  if (said !== undefined) return said
  // Keras takes one regularizer or constraint where a parameter holds a list of them.
  const many = definition.params[param]?.type === 'settings'
  return snakeCase(many ? param.replace(/s$/, '') : param)
}

/** `recurrentKernel` as Python writes it: `recurrent_kernel`. */
export const snakeCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, '')
